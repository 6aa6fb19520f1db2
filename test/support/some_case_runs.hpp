// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// A program of tests that is asked for cases it does not have must not pass. For the runners.
#include "support/silent_reporter.hpp"

#include <doctest/doctest.h>

#include <iostream>

namespace test {

struct case_counter : silent_reporter {
    static inline bool none = false;

    using silent_reporter::silent_reporter;
    void test_run_end(const doctest::TestRunStats& run) override { none = run.numTestCasesPassingFilters == 0; }
};
REGISTER_LISTENER("case_counter", 1, case_counter);

/// False, and says so, where the last run had no case.
inline bool some_case_runs() {
    if (case_counter::none) {
        std::cerr << "this program has none of the test cases that it was asked for" << std::endl;
    }
    return !case_counter::none;
}

} // namespace test
