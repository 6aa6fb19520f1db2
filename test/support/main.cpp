// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#define DOCTEST_CONFIG_IMPLEMENT
#include "support/some_case_runs.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

int main(int argc, char** argv) {
    const int code = doctest::Context(argc, argv).run();
    return test::some_case_runs() ? code : EXIT_FAILURE;
}
