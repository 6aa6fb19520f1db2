// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Windows of an image by a plain loop, which walks back from beyond an edge step by step.
#include <distproc/core/shape.hpp>
#include <distproc/source/windows.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <random>
#include <vector>

namespace test {

/// The pixel at `at` of an axis of n; -1: the constant.
inline long walk(long at, long n, distproc::edge beyond) {
    while (at < 0 || at >= n) {
        switch (beyond) {
        case distproc::edge::reflect:
            at = at < 0 ? -1 - at : 2 * n - 1 - at;
            break;
        case distproc::edge::nearest:
            at += at < 0 ? 1 : -1;
            break;
        default:
            return -1;
        }
    }
    return at;
}

inline distproc::shape index_of(std::size_t place, const distproc::shape& extents) {
    distproc::shape index(extents.size());
    for (std::size_t d = extents.size(); d-- > 0;) {
        index[d] = place % extents[d];
        place /= extents[d];
    }
    return index;
}

template <class T>
struct plain_windows {
    distproc::shape items;
    std::vector<std::vector<T>> all; ///< the window of each item

    plain_windows(const std::vector<T>& pixels, const distproc::shape& image, const distproc::shape& window,
                  distproc::edge beyond, T outside)
        : items(image) {
        const bool whole = beyond == distproc::edge::whole;
        for (std::size_t d = 0; whole && d < image.size(); ++d) {
            items[d] = image[d] - window[d] + 1;
        }
        all.resize(distproc::volume(items));
        for (std::size_t item = 0; item < all.size(); ++item) {
            const distproc::shape centre = index_of(item, items);
            for (std::size_t k = 0; k < distproc::volume(window); ++k) {
                const distproc::shape step = index_of(k, window);
                std::size_t place = 0;
                bool inside = true;
                for (std::size_t d = 0; d < image.size(); ++d) {
                    const long before = whole ? 0 : static_cast<long>(window[d] / 2);
                    const long at =
                        walk(static_cast<long>(centre[d] + step[d]) - before, static_cast<long>(image[d]), beyond);
                    inside = inside && at >= 0;
                    place = place * image[d] + static_cast<std::size_t>(std::max(at, 0L));
                }
                all[item].push_back(inside ? pixels[place] : outside);
            }
        }
    }
};

template <class T>
std::vector<T> random_pixels(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<T> pixels(count);
    std::generate(pixels.begin(), pixels.end(), [&] { return static_cast<T>(random() % 100000); });
    return pixels;
}

struct window_case {
    distproc::shape image, window;
};

/// Odd and even windows, windows larger than the image, images of one pixel, one to four axes.
inline const std::vector<window_case>& window_cases() {
    static const std::vector<window_case> all{{{10}, {3}},
                                              {{10}, {4}},
                                              {{5}, {23}},
                                              {{4}, {50}},
                                              {{1}, {1}},
                                              {{1}, {6}},
                                              {{6, 9}, {3, 3}},
                                              {{6, 9}, {4, 2}},
                                              {{6, 9}, {1, 5}},
                                              {{6, 9}, {13, 20}},
                                              {{1, 1}, {3, 3}},
                                              {{1, 1}, {1, 1}},
                                              {{1, 7}, {3, 4}},
                                              {{7, 1}, {5, 2}},
                                              {{2, 3}, {8, 9}},
                                              {{3, 4, 5}, {2, 3, 3}},
                                              {{3, 4, 5}, {1, 9, 1}},
                                              {{2, 2, 3, 3}, {2, 1, 3, 2}},
                                              {{0, 4}, {3, 3}},
                                              {{}, {}}};
    return all;
}

inline bool fits(const window_case& one) {
    for (std::size_t d = 0; d < one.image.size(); ++d) {
        if (one.window[d] > one.image[d]) {
            return false;
        }
    }
    return true;
}

constexpr distproc::edge all_edges[] = {distproc::edge::reflect, distproc::edge::nearest, distproc::edge::constant,
                                        distproc::edge::whole};

} // namespace test
