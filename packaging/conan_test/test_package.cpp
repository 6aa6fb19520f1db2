// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/distproc.hpp>

#include <cstdio>

int main() { std::printf("distproc %s\n", distproc::version.data()); }
