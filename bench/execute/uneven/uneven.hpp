// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Items that take very unequally long: lognormal with sigma 1.5 and a mean of 1 ms. What is compared with is computed:
// no schedule ends before all seconds, divided by the workers, nor before the longest item.
#pragma once

#include "../../common/spin.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

namespace uneven {

using durations = std::vector<double>; ///< seconds of each item

[[nodiscard]] inline durations make_durations(std::size_t items) {
    std::mt19937_64 random(1);
    std::lognormal_distribution<double> skewed(0.0, 1.5);
    durations seconds(items);
    for (double& each : seconds) {
        each = skewed(random);
    }
    const double mean = std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(items);
    for (double& each : seconds) {
        each *= 1e-3 / mean;
    }
    return seconds;
}

[[nodiscard]] inline double bound(const durations& seconds, std::size_t workers) {
    return std::max(std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(workers),
                    *std::max_element(seconds.begin(), seconds.end()));
}

/// Who takes single items in their order, each when it is free, at no cost at all: the best that is possible without
/// knowing how long items take (R. L. Graham, Bounds on multiprocessing timing anomalies, 1969).
[[nodiscard]] inline double list_schedule(const durations& seconds, std::size_t workers) {
    std::vector<double> free_at(workers, 0.0); // a heap, the earliest on top
    for (const double each : seconds) {
        std::pop_heap(free_at.begin(), free_at.end(), std::greater<>());
        free_at.back() += each;
        std::push_heap(free_at.begin(), free_at.end(), std::greater<>());
    }
    return *std::max_element(free_at.begin(), free_at.end());
}

enum class how : unsigned char { spinning, waiting };

/// Each item says which it was.
struct results {
    std::vector<double> of_item;

    void check(std::size_t items) const {
        for (std::size_t k = 0; k < items; ++k) {
            if (of_item.size() != items || of_item[k] != std::sqrt(static_cast<double>(k))) {
                throw std::runtime_error("uneven: wrong results");
            }
        }
    }
};

void distproc_tbb(const durations&, how, results&);
void distproc_mpi(const durations&, how, results&); ///< results on rank 0

} // namespace uneven
