// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// HDF5 converts numbers in the rounding mode of the caller of execute, also in the thread that reads ahead.
#include "execute/cross_hdf5.hpp"

#include <cfenv>

namespace test {

template <class Executor>
void rounding_hdf5(const Executor& on) {
    const rows& in = inputs()[1];
    const files in_files(on.make_team(), in);
    const distproc::hdf5_elements<float> source{in_files.input(), "/factors"}; // doubles in the file
    std::vector<std::vector<float>> by_mode;
    for (const int mode : {FE_UPWARD, FE_DOWNWARD}) {
        std::vector<float> expected, results;
        std::fesetround(mode);
        for (const volatile double factor : in.factors) {
            expected.push_back(static_cast<float>(factor));
        }
        (void)execute(
            source, [](float x) { return x; }, on, distproc::memory_writer{results, distproc::results_on::every_rank},
            quiet());
        std::fesetround(FE_TONEAREST);
        CHECK(results == expected);
        by_mode.push_back(results);
    }
    CHECK(by_mode[0] != by_mode[1]);
}

} // namespace test
