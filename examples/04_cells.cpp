// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: a compute for 256 items at once, which the compiler turns into vector instructions, and two inputs per item.
// Run:   ./04_cells
// Prints "largest error 0" for a cell and for two arrays zipped.

#include <distproc/distproc.hpp>
#include <distproc/tbb.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <numeric>
#include <span>
#include <vector>

int main() {
    std::vector<double> x(1'000'003);
    std::iota(x.begin(), x.end(), 0.0);
    const std::vector<double> y(x.size(), 0.5);
    std::vector<double> cells;
    std::vector<double> zipped;

    const auto line = distproc::cell<256>([](std::span<const double> in, std::span<double> out) {
        for (std::size_t k = 0; k < in.size(); ++k) {
            out[k] = 2 * in[k] + 0.5;
        }
    });
    distproc::execute(x, line, distproc::tbb_executor{}, distproc::memory_writer{cells});
    distproc::execute(
        distproc::zip_source(x, y), [](double a, double b) { return 2 * a + b; }, distproc::tbb_executor{},
        distproc::memory_writer{zipped});

    double error = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double expected = 2 * static_cast<double>(k) + 0.5;
        error = std::max({error, std::abs(cells[k] - expected), std::abs(zipped[k] - expected)});
    }
    std::cout << "largest error " << error << '\n';
    return error == 0 ? 0 : 1;
}
