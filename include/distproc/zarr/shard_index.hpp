// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/crc32c.hpp>
#include <distproc/core/error.hpp>
#include <distproc/zarr/byte_codecs.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

// The index of a shard: Zarr codec sharding_indexed, version 1.0, section "Binary shard format": (offset, nbytes) of
// each inner chunk as uint64, in row-major order, 2^64 - 1 in both for an empty one; then encoded with index_codecs.

namespace distproc::zarr {

/// Reads or writes an unsigned number of `Bytes` bytes.
template <std::size_t Bytes>
[[nodiscard]] std::uint64_t load_number(const std::byte* from, bool big_endian) noexcept {
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < Bytes; ++k) {
        value = value << 8U | std::to_integer<std::uint64_t>(from[big_endian ? k : Bytes - 1 - k]);
    }
    return value;
}
template <std::size_t Bytes>
void store_number(std::uint64_t value, std::byte* to) noexcept {
    for (std::size_t k = 0; k < Bytes; ++k, value >>= 8U) {
        to[k] = static_cast<std::byte>(value & 255U);
    }
}

/// Where an inner chunk lies in its shard's file.
struct chunk_place {
    static constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t offset = nowhere;
    std::uint64_t bytes = nowhere;

    [[nodiscard]] bool absent() const noexcept { return offset == nowhere && bytes == nowhere; }
    friend bool operator==(const chunk_place&, const chunk_place&) = default;
};

/// Little endian, with its checksum behind it.
[[nodiscard]] inline std::vector<std::byte> encode_index(const std::vector<chunk_place>& places) {
    std::vector<std::byte> bytes(places.size() * 16 + 4);
    for (std::size_t k = 0; k < places.size(); ++k) {
        store_number<8>(places[k].offset, bytes.data() + 16 * k);
        store_number<8>(places[k].bytes, bytes.data() + 16 * k + 8);
    }
    const std::size_t end = places.size() * 16;
    store_number<4>(crc32c(std::span(bytes).first(end)), bytes.data() + end);
    return bytes;
}

/// What an index is checked against.
struct index_facts {
    std::size_t chunks = 0;       ///< of the shard
    std::uint64_t data_bytes = 0; ///< of each inner chunk, without its codecs
    byte_codecs chunk_codecs;
    std::uint64_t file_bytes = 0;
    byte_codecs codecs; ///< of the index
    std::string file;   ///< for messages
};

/// Throws `error`, naming the file, where the checksum is wrong, or a chunk lies outside the file or cannot have its
/// size.
[[nodiscard]] inline std::vector<chunk_place> decode_index(std::span<const std::byte> bytes, const index_facts& is) {
    const std::size_t end = is.chunks * 16;
    if (bytes.size() != end + is.codecs.extra_bytes()) {
        throw error("'" + is.file + "' is too short for its index of " + std::to_string(is.chunks) +
                    " chunks; the file was cut, write it again");
    }
    if (is.codecs.checksum && load_number<4>(bytes.data() + end, false) != crc32c(bytes.first(end))) {
        throw error(
            "'" + is.file +
            "': the index of the shard has a wrong checksum; the file is damaged, write it again or restore it");
    }
    std::vector<chunk_place> places(is.chunks);
    for (std::size_t k = 0; k < is.chunks; ++k) {
        chunk_place& p = places[k];
        p.offset = load_number<8>(bytes.data() + 16 * k, is.codecs.big_endian);
        p.bytes = load_number<8>(bytes.data() + 16 * k + 8, is.codecs.big_endian);
        if (p.absent()) {
            continue;
        }
        const std::uint64_t most = is.chunk_codecs.most_bytes(is.data_bytes);
        if (p.bytes < is.chunk_codecs.least_bytes(is.data_bytes) || p.bytes > most || p.bytes > is.file_bytes ||
            p.offset > is.file_bytes - p.bytes) {
            throw error("'" + is.file + "': the index says that chunk " + std::to_string(k) + " has " +
                        std::to_string(p.bytes) + " bytes from byte " + std::to_string(p.offset) +
                        ", but a chunk has " + (is.chunk_codecs.compressed() ? "at most " : "") + std::to_string(most) +
                        " and the file " + std::to_string(is.file_bytes) +
                        "; the file is damaged, write it again or restore it");
        }
    }
    return places;
}

} // namespace distproc::zarr
