// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/shape.hpp>

#include <cstddef>
#include <cstring>

namespace distproc::zarr {

/// A box of elements in a dense row-major array.
struct dense_part {
    const shape& extents; ///< of the array
    const shape& start;   ///< of the box in it
};

/// Copies a box of `sizes` elements of `bytes` each from one dense array into another of the same rank. One memcpy for
/// each run that stays together in both.
inline void copy_box(const std::byte* from, const dense_part& source, std::byte* to, const dense_part& target,
                     const shape& sizes, std::size_t bytes) {
    std::size_t axes = sizes.size();
    std::size_t run = 1; // elements that are neighbours in both
    bool joined = true;
    std::size_t source_offset = 0;
    std::size_t target_offset = 0;
    std::size_t source_stride = 1;
    std::size_t target_stride = 1;
    for (std::size_t d = sizes.size(); d-- > 0;) {
        if (joined) {
            run *= sizes[d];
            axes = d;
            joined = sizes[d] == source.extents[d] && sizes[d] == target.extents[d];
        }
        source_offset += source.start[d] * source_stride;
        target_offset += target.start[d] * target_stride;
        source_stride *= source.extents[d];
        target_stride *= target.extents[d];
    }
    std::size_t runs = 1;
    for (std::size_t d = 0; d < axes; ++d) {
        runs *= sizes[d];
    }
    for (std::size_t k = 0; k < runs; ++k) {
        std::size_t rest = k;
        std::size_t a = source_offset;
        std::size_t b = target_offset;
        source_stride = 1;
        target_stride = 1;
        for (std::size_t d = sizes.size(); d-- > 0;) {
            if (d < axes) {
                const std::size_t index = rest % sizes[d];
                rest /= sizes[d];
                a += index * source_stride;
                b += index * target_stride;
            }
            source_stride *= source.extents[d];
            target_stride *= target.extents[d];
        }
        std::memcpy(to + b * bytes, from + a * bytes, run * bytes);
    }
}

} // namespace distproc::zarr
