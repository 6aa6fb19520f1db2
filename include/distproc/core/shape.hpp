// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace distproc {

/// Extents of the axes of an array, slowest first (row-major, as HDF5 and numpy have it). No axis at all: one element.
using shape = std::vector<std::size_t>;

/// Number of elements. Throws `error` where it does not fit into 64 bits.
[[nodiscard]] inline std::size_t volume(const shape& extents) {
    std::size_t product = 1;
    for (const std::size_t extent : extents) {
        if (extent == 0) {
            return 0;
        }
    }
    for (const std::size_t extent : extents) {
        if (product > std::numeric_limits<std::size_t>::max() / extent) {
            throw error("an array of more than 2^64 elements cannot be addressed");
        }
        product *= extent;
    }
    return product;
}

/// "50 x 50", or "1" where there is no axis.
[[nodiscard]] inline std::string to_string(const shape& extents) {
    std::string text;
    for (const std::size_t extent : extents) {
        text += (text.empty() ? "" : " x ") + std::to_string(extent);
    }
    return text.empty() ? "1" : text;
}

} // namespace distproc
