// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/compress/decoder.hpp>
#include <distproc/compress/encoder.hpp>
#include <distproc/core/compression.hpp>
#include <distproc/core/crc32c.hpp>
#include <distproc/core/error.hpp>
#include <distproc/zarr/byte_codecs.hpp>
#include <distproc/zarr/shard_index.hpp>

#include <cstddef>
#include <span>

namespace distproc::zarr {

/// Encodes whole chunks with gzip or zstd and crc32c, or with crc32c alone. One per thread. Little endian.
class chunk_packer {
public:
    /// Throws `error` for a level that the codec does not have.
    explicit chunk_packer(const compression& packing)
        : encoder_(packing.method, packing.level, compress::container::gzip) {}

    /// The most that a chunk of so many bytes becomes.
    [[nodiscard]] std::size_t bound(std::size_t data) const { return encoder_.bound(data) + sum_bytes; }

    /// Returns the bytes that it put to `to`, which has room for `bound(data.size())`: the codec crc32c puts the sum,
    /// little endian, behind what it is the sum of.
    std::size_t pack(std::span<const std::byte> data, std::span<std::byte> to) {
        const std::size_t bytes = encoder_.encode(data, to.first(to.size() - sum_bytes));
        store_number<sum_bytes>(crc32c(to.first(bytes)), to.data() + bytes);
        return bytes + sum_bytes;
    }

private:
    static constexpr std::size_t sum_bytes = 4;
    compress::encoder encoder_;
};

/// Undoes the codecs of chunks, byte order apart. One per thread.
class chunk_unpacker {
public:
    explicit chunk_unpacker(const byte_codecs& codecs)
        : codecs_(codecs), decoder_(codecs.packing.method, compress::container::gzip) {}

    /// Fills `out` with the chunk. Throws `error` where the checksum is wrong, or the bytes do not become a chunk; the
    /// text, such as "has a wrong checksum", goes behind the name of file and chunk.
    void unpack(std::span<const std::byte> encoded, std::span<std::byte> out) {
        if (encoded.size() < codecs_.extra_bytes()) {
            throw error("is shorter than a checksum");
        }
        const std::size_t end = encoded.size() - codecs_.extra_bytes();
        if (codecs_.checksum && load_number<4>(encoded.data() + end, false) != crc32c(encoded.first(end))) {
            throw error("has a wrong checksum");
        }
        decoder_.decode(encoded.first(end), out);
    }

private:
    byte_codecs codecs_;
    compress::decoder decoder_;
};

} // namespace distproc::zarr
