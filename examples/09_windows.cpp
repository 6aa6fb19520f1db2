// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: overlapping windows of an image. Replaces each pixel by the median of its neighbourhood, as scipy.ndimage's
//        median_filter does; of a stack of images (y, x, ...) each image by itself.
// Run:   ./09_windows                                        an image of its own, windows of 3 x 3
//        ./09_windows scan.h5 /path 5 4 nearest clean.h5     yours, windows of 5 x 4
// Prints "done: 2500 of 2500 items" for 50 x 50 pixels, and leaves them in /clean of clean.h5.

#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/tbb.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <vector>

using executor = distproc::tbb_executor;

struct median {
    std::vector<double> sorted; // a workspace: each worker has a copy

    double operator()(std::span<const double> window) {
        sorted.assign(window.begin(), window.end());
        const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
        std::nth_element(sorted.begin(), middle, sorted.end());
        return *middle;
    }
};

/// Stripes with noise, and some pixels that are far off.
double pixel(std::size_t item, distproc::context& here) {
    const double stripes = std::sin(static_cast<double>(item % 50 + item / 50) / 4);
    const double outlier = here.random().uniform() < 0.05 ? 10 : 0;
    return stripes + outlier + 0.2 * here.random().uniform();
}

int main(int argc, char** argv) {
    return distproc::run<executor>(argc, argv, [&](auto& job) {
        std::vector<std::string> words{"image.h5", "/image", "3", "3", "reflect", "clean.h5"};
        std::copy(argv + 1, argv + std::min(argc, 7), words.begin());
        if (argc == 1) {
            std::vector<std::size_t> items(2500);
            std::iota(items.begin(), items.end(), std::size_t{0});
            distproc::execute(distproc::range_source{items, {50, 50}}, pixel, executor{},
                              distproc::hdf5_writer{.file = words[0], .path = words[1], .replace = true});
        }
        const distproc::hdf5_elements<double> image{words[0], words[1]};
        distproc::shape window{std::stoul(words[2]), std::stoul(words[3])};
        window.resize(std::max<std::size_t>(2, image.open().items().size()), 1); // no neighbours along further axes
        const std::map<std::string, distproc::edge> edges{{"reflect", distproc::edge::reflect},
                                                          {"nearest", distproc::edge::nearest},
                                                          {"constant", distproc::edge::constant},
                                                          {"whole", distproc::edge::whole}};
        const auto report =
            distproc::execute(distproc::windows(image, window, edges.at(words[4])), median{}, executor{},
                              distproc::hdf5_writer{.file = words[5], .path = "/clean", .replace = true});
        job.out() << report;
        return report;
    });
}
