// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "read.hpp"

#include <cstddef>
#include <numeric>
#include <thread>
#include <vector>

namespace reading {

double raw_pread_threads(const inputs& in) {
    const std::size_t parts = std::thread::hardware_concurrency();
    std::vector<double> sums(parts);
    std::vector<std::thread> others;
    for (std::size_t t = 1; t < parts; ++t) {
        others.emplace_back([&, t] { sums[t] = raw_pread(in, t, parts); });
    }
    sums[0] = raw_pread(in, 0, parts);
    for (std::thread& each : others) {
        each.join();
    }
    return std::accumulate(sums.begin(), sums.end(), 0.0);
}

} // namespace reading
