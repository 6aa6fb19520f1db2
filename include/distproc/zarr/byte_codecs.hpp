// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/compression.hpp>

#include <cstddef>
#include <cstdint>

namespace distproc::zarr {

/// What a chain of codecs is: bytes, then maybe gzip or zstd, then maybe crc32c.
struct byte_codecs {
    bool big_endian = false;
    bool checksum = false;
    compression packing{}; ///< codec::deflate is gzip here; `shuffle` has no meaning

    [[nodiscard]] bool compressed() const noexcept { return packing.method != codec::none; }
    [[nodiscard]] std::size_t extra_bytes() const noexcept { return checksum ? 4 : 0; }

    /// The fewest and the most bytes that a chunk of so many can become. Encoders never come near the most, but an
    /// index that claims more is not believed.
    [[nodiscard]] std::uint64_t least_bytes(std::uint64_t data) const noexcept {
        return (compressed() ? 1 : data) + extra_bytes();
    }
    [[nodiscard]] std::uint64_t most_bytes(std::uint64_t data) const noexcept {
        return (compressed() ? 2 * data + 4096 : data) + extra_bytes();
    }
    friend bool operator==(const byte_codecs&, const byte_codecs&) = default;
};

} // namespace distproc::zarr
