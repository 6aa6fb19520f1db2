// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace distproc::detail {

/// One axis of a dense array that is copied into another order of axes. Strides in elements.
struct moved_axis {
    std::size_t extent = 1;
    std::size_t from = 0; ///< stride where it is read
    std::size_t to = 0;   ///< stride where it is written
};

/// The axes of a dense row-major array, slowest first, with `to` given: sets `from`, drops axes of extent 1 and joins
/// those that stay neighbours. One axis with stride 1 on both sides, or none, means: nothing moves.
[[nodiscard]] inline std::vector<moved_axis> joined_axes(const std::vector<moved_axis>& axes) {
    std::vector<moved_axis> joined;
    for (const moved_axis& axis : axes) {
        if (axis.extent == 1) {
            continue;
        }
        if (!joined.empty() && joined.back().to == axis.extent * axis.to) {
            joined.back().extent *= axis.extent;
            joined.back().to = axis.to;
        } else {
            joined.push_back(axis);
        }
    }
    std::size_t stride = 1;
    for (std::size_t d = joined.size(); d-- > 0;) {
        joined[d].from = stride;
        stride *= joined[d].extent;
    }
    return joined;
}

[[nodiscard]] inline bool moves_nothing(const std::vector<moved_axis>& joined) {
    return joined.empty() || (joined.size() == 1 && joined[0].to == 1);
}

/// Copies elements of `Bytes` (0: of `bytes`, known at run time) along the two axes that are contiguous on either side,
/// in tiles that fit the first-level cache.
template <std::size_t Bytes>
void copy_plane(const std::byte* from, std::byte* to, const moved_axis& fast_from, const moved_axis& fast_to,
                std::size_t bytes) {
    constexpr std::size_t tile = 32;
    const std::size_t size = Bytes == 0 ? bytes : Bytes;
    for (std::size_t i0 = 0; i0 < fast_to.extent; i0 += tile) {
        const std::size_t i1 = std::min(i0 + tile, fast_to.extent);
        for (std::size_t j0 = 0; j0 < fast_from.extent; j0 += tile) {
            const std::size_t j1 = std::min(j0 + tile, fast_from.extent);
            for (std::size_t j = j0; j < j1; ++j) {
                const std::byte* source = from + (j + i0 * fast_to.from) * size;
                std::byte* target = to + (j * fast_from.to + i0) * size;
                for (std::size_t i = i0; i < i1; ++i) {
                    std::memcpy(target, source, size);
                    source += fast_to.from * size;
                    target += size;
                }
            }
        }
    }
}

template <std::size_t Bytes>
void transpose_elements(const std::byte* from, std::byte* to, std::vector<moved_axis> axes, std::size_t bytes) {
    const moved_axis fast_from = axes.back(); // stride 1 where it is read
    axes.pop_back();
    moved_axis fast_to{1, 0, 1};
    const auto one = std::find_if(axes.begin(), axes.end(), [](const moved_axis& a) { return a.to == 1; });
    if (one != axes.end()) {
        fast_to = *one;
        axes.erase(one);
    }
    std::vector<std::size_t> index(axes.size());
    std::size_t source = 0;
    std::size_t target = 0;
    for (;;) {
        if (fast_from.to == 1) { // whole runs stay together
            std::memcpy(to + target * bytes, from + source * bytes, fast_from.extent * bytes);
        } else {
            copy_plane<Bytes>(from + source * bytes, to + target * bytes, fast_from, fast_to, bytes);
        }
        std::size_t d = axes.size();
        while (d > 0) {
            --d;
            source += axes[d].from;
            target += axes[d].to;
            if (++index[d] < axes[d].extent) {
                break;
            }
            source -= axes[d].from * axes[d].extent;
            target -= axes[d].to * axes[d].extent;
            index[d] = 0;
            if (d == 0) {
                return;
            }
        }
        if (axes.empty()) {
            return;
        }
    }
}

/// Copies a dense array into another order of axes, as `joined_axes` gave it. One pass over memory.
inline void transpose(const std::byte* from, std::byte* to, const std::vector<moved_axis>& joined, std::size_t bytes) {
    switch (bytes) {
    case 1:
        return transpose_elements<1>(from, to, joined, bytes);
    case 2:
        return transpose_elements<2>(from, to, joined, bytes);
    case 4:
        return transpose_elements<4>(from, to, joined, bytes);
    case 8:
        return transpose_elements<8>(from, to, joined, bytes);
    case 16:
        return transpose_elements<16>(from, to, joined, bytes);
    default:
        return transpose_elements<0>(from, to, joined, bytes);
    }
}

} // namespace distproc::detail
