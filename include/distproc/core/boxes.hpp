// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/shape.hpp>

#include <cstddef>

namespace distproc {

/// Cuts items [first, first + count), numbered row-major over `extents`, into boxes and calls `use(start, sizes,
/// offset)` for each, in order; `offset` is the place of the box's first item in the run. The items of a box are
/// consecutive in row-major order. At most 2 * rank - 1 boxes; no axis: one box of one item. Nothing is called for
/// count 0.
template <class Use>
void for_each_box(const shape& extents, std::size_t first, std::size_t count, Use&& use) {
    const std::size_t rank = extents.size();
    shape start(rank);
    shape sizes(rank);
    std::size_t offset = 0;
    while (offset < count) {
        // The widest box that starts here: whole axes below, a part of axis d, one index of the axes above.
        std::size_t index = first + offset;
        for (std::size_t d = rank; d-- > 0;) {
            start[d] = index % extents[d];
            index /= extents[d];
            sizes[d] = 1;
        }
        std::size_t below = 1; // items of one index of axis d
        std::size_t d = rank;
        while (d > 0) {
            --d;
            if (start[d] != 0 || d == 0 || below * extents[d] > count - offset) {
                sizes[d] =
                    (count - offset) / below < extents[d] - start[d] ? (count - offset) / below : extents[d] - start[d];
                break;
            }
            sizes[d] = extents[d];
            below *= extents[d];
        }
        const std::size_t taken = rank == 0 ? 1 : below * sizes[d];
        use(start, sizes, offset);
        offset += taken;
    }
}

} // namespace distproc
