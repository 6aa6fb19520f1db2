// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "everything.hpp"

#include <cstdio>

#ifdef ONE_UNIT
const char* version_of_second_unit() { return distproc::version.data(); }
#else
const char* version_of_second_unit();
#endif

#ifdef EXPECT_PARALLEL
#ifdef H5_HAVE_PARALLEL
static_assert(EXPECT_PARALLEL == 1, "a serial HDF5 was asked for, and this one is parallel");
#else
static_assert(EXPECT_PARALLEL == 0, "a parallel HDF5 was asked for, and this one is serial");
#endif
#endif

int main() {
    std::printf("distproc %s\n", version_of_second_unit());
    return distproc::version == version_of_second_unit() ? 0 : 1;
}
