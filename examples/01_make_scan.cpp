// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: items that are numbers in memory, an array as result, random streams, and an HDF5 file as output.
// Run:   ./01_make_scan
// Prints a report that ends its first line with "tbb -> hdf5"; leaves scan.h5 with /scan: 40 x 60 spectra of 128
// points.

#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/tbb.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

constexpr std::size_t rows = 40;
constexpr std::size_t columns = 60;
constexpr std::size_t points = 128;

/// A noisy spectrum with one peak, whose place drifts over the map.
std::array<double, points> spectrum(std::size_t pixel, distproc::context& context) {
    const double y = static_cast<double>(pixel / columns) / rows;
    const double x = static_cast<double>(pixel % columns) / columns;
    const double place = 20 + 80 * (0.5 + 0.5 * std::sin(6 * x) * std::cos(4 * y));
    auto& random = context.random(); // belongs to the item: the same numbers on any executor
    std::array<double, points> values{};
    for (std::size_t k = 0; k < points; ++k) {
        const double distance = (static_cast<double>(k) - place) / 4;
        values[k] = std::exp(-distance * distance) + 0.1 * (random.uniform() - 0.5);
    }
    return values;
}

int main(int argc, char** argv) {
    return distproc::run<distproc::tbb_executor>(argc, argv, [](auto& job) {
        std::vector<std::size_t> pixels(rows * columns);
        std::iota(pixels.begin(), pixels.end(), std::size_t{0});
        const auto report =
            distproc::execute(distproc::range_source{pixels, {rows, columns}}, spectrum, distproc::tbb_executor{},
                              distproc::hdf5_writer{"scan.h5", "/scan", true});
        job.out() << report;
        return report;
    });
}
