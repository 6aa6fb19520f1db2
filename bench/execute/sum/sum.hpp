// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The reduction: the sum of many doubles in memory. A file for each competitor; none promises the order of another's
// additions, so that results agree to rounding.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace sums {

using inputs = std::span<const double>;

/// As an expert adds up by hand: eight sums at once, so that no addition waits for the one before.
inline double add_up(inputs x) {
    std::array<double, 8> lanes{};
    std::size_t k = 0;
    for (; k + lanes.size() <= x.size(); k += lanes.size()) {
        for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
            lanes[lane] += x[k + lane];
        }
    }
    for (; k < x.size(); ++k) {
        lanes[0] += x[k];
    }
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

double plain_loop(inputs);
double raw_tbb(inputs);
double raw_mpi(inputs); ///< every rank holds all; the sum on rank 0

double distproc_serial(inputs);
double distproc_tbb(inputs);
double distproc_mpi(inputs);

} // namespace sums
