// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/h5/boxes.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace {

using distproc::shape;

/// Numbers of the items in a box, in row-major order, by counting.
std::vector<std::size_t> items_in(const shape& extents, const shape& start, const shape& sizes) {
    std::vector<std::size_t> found;
    for (std::size_t item = 0; item < distproc::volume(extents); ++item) {
        std::size_t rest = item;
        bool inside = true;
        for (std::size_t d = extents.size(); d-- > 0;) {
            const std::size_t index = rest % extents[d];
            rest /= extents[d];
            inside = inside && index >= start[d] && index < start[d] + sizes[d];
        }
        if (inside) {
            found.push_back(item);
        }
    }
    return found;
}

} // namespace

TEST_CASE("boxes cover a run once, in order, and there are few") {
    for (const shape& extents :
         {shape{}, shape{9}, shape{1, 7}, shape{4, 5}, shape{7, 1}, shape{3, 4, 2}, shape{2, 1, 3, 2}}) {
        const std::size_t items = distproc::volume(extents);
        for (std::size_t first = 0; first < items; ++first) {
            for (std::size_t count = 1; count <= items - first; ++count) {
                std::vector<std::size_t> covered;
                std::size_t boxes = 0;
                distproc::h5::for_each_box(extents, first, count,
                                           [&](const shape& start, const shape& sizes, std::size_t offset) {
                                               CHECK(offset == covered.size());
                                               for (const std::size_t item : items_in(extents, start, sizes)) {
                                                   covered.push_back(item);
                                               }
                                               ++boxes;
                                           });
                std::vector<std::size_t> expected(count);
                for (std::size_t k = 0; k < count; ++k) {
                    expected[k] = first + k;
                }
                CHECK(covered == expected);
                CHECK(boxes <= std::max<std::size_t>(1, 2 * extents.size()) - (extents.empty() ? 0 : 1));
            }
        }
    }
}

TEST_CASE("no items, no box") {
    distproc::h5::for_each_box({3, 4}, 5, 0, [](const shape&, const shape&, std::size_t) { FAIL("called"); });
    distproc::h5::for_each_box({0, 4}, 0, 0, [](const shape&, const shape&, std::size_t) { FAIL("called"); });
}
