// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace distproc::compress {

/// What stands around deflated bytes: a zlib stream (RFC 1950), as HDF5's filter has it, or gzip (RFC 1952), as Zarr's
/// codec has it. zstd has frames of its own (RFC 8878), whatever is said here.
enum class container : unsigned char { zlib, gzip };

namespace detail {

/// zlib's windowBits: 32 KiB, and the container.
[[nodiscard]] constexpr int window_bits(container wrap) noexcept {
    return wrap == container::gzip ? MAX_WBITS + 16 : MAX_WBITS;
}

/// zlib counts in `unsigned int`: so much of so many bytes goes into one call.
[[nodiscard]] constexpr uInt one_call(std::size_t bytes) noexcept {
    return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

} // namespace detail
} // namespace distproc::compress
