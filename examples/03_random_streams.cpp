// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: Monte Carlo with a random stream for each item: the same estimate on one thread and on all cores.
// Run:   ./03_random_streams
// Prints "pi = 3.14..., the same on serial and tbb".

#include <distproc/distproc.hpp>
#include <distproc/tbb.hpp>

#include <cstddef>
#include <iostream>
#include <numeric>
#include <vector>

/// Points out of 10,000 that fall into the quarter circle.
double points_inside(std::size_t /*batch*/, distproc::context& context) {
    auto& random = context.random();
    int inside = 0;
    for (int k = 0; k < 10'000; ++k) {
        const double x = random.uniform();
        const double y = random.uniform();
        inside += x * x + y * y < 1 ? 1 : 0;
    }
    return inside;
}

int main() {
    std::vector<std::size_t> batches(500);
    std::iota(batches.begin(), batches.end(), std::size_t{0});
    std::vector<double> serial;
    std::vector<double> threaded;
    const distproc::options how{.seed = 2026};
    distproc::execute(batches, points_inside, distproc::serial_executor{}, distproc::memory_writer{serial}, how);
    distproc::execute(batches, points_inside, distproc::tbb_executor{}, distproc::memory_writer{threaded}, how);
    const double hits = std::accumulate(threaded.begin(), threaded.end(), 0.0);
    std::cout << "pi = " << 4 * hits / (10'000.0 * 500) << ", " << (serial == threaded ? "the same" : "different")
              << " on serial and tbb\n";
    return serial == threaded ? 0 : 1;
}
