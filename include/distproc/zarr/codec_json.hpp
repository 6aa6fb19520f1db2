// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/compression.hpp>
#include <distproc/zarr/byte_codecs.hpp>
#include <distproc/zarr/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

// Lists of codecs in an array's metadata: Zarr v3 core, section "Codecs"; the codecs bytes, gzip, zstd and crc32c,
// section "Codec name" and "Configuration parameters" of each.

namespace distproc::zarr {

/// Throws `error`: "'a.zarr/zarr.json' has the codec 'blosc'; distproc reads ...".
[[noreturn]] inline void fail_unsupported(const document& from, const std::string& what) {
    from.fail(what +
              "; distproc reads regular grids with the codecs bytes, then gzip or zstd or neither, then crc32c or "
              "not, alone or inside sharding_indexed (in zarr-python: compressors=ZstdCodec(), GzipCodec() or "
              "None)");
}

namespace detail {

/// The level of gzip or zstd where it is one that this library would write. Readers need none.
[[nodiscard]] inline compression packing_of(const document& from, const json& entry, codec method) {
    compression how{method};
    if (!entry.is_object() || !entry.contains("configuration")) {
        return how;
    }
    const json& options = entry["configuration"];
    if (!options.is_object() || (options.contains("level") && !options["level"].is_number_integer())) {
        from.fail("has a codec '" + from.name_of(entry) + "' with a level that is no number");
    }
    how.level = -1;
    if (options.contains("level") && options["level"].is_number_unsigned()) {
        const auto level = options["level"].get<std::uint64_t>();
        const bool known = method == codec::zstd ? level >= 1 && level <= 22 : level <= 9;
        how.level = known ? static_cast<int>(level) : -1;
    }
    return how;
}

} // namespace detail

/// Throws `error`, naming the file, where the list is not one that can be read.
[[nodiscard]] inline byte_codecs parse_codecs(const document& from, const json& list) {
    if (!list.is_array() || list.empty()) {
        fail_unsupported(from, "has no list of codecs");
    }
    byte_codecs chain;
    if (const std::string first = from.name_of(list[0]); first != "bytes") {
        fail_unsupported(from, "has the codec '" + first + "' instead of 'bytes'");
    }
    const std::string endian = from.option(list[0], "endian", "little");
    if (endian != "little" && endian != "big") {
        from.fail("has the byte order '" + endian + "'; it must be little or big");
    }
    chain.big_endian = endian == "big";
    for (std::size_t k = 1; k < list.size(); ++k) {
        const std::string name = from.name_of(list[k]);
        if (chain.checksum || (name != "crc32c" && (chain.compressed() || (name != "gzip" && name != "zstd")))) {
            fail_unsupported(from, "has the codec '" + name + "' at place " + std::to_string(k));
        }
        if (name == "crc32c") {
            chain.checksum = true;
        } else {
            chain.packing = detail::packing_of(from, list[k], name == "zstd" ? codec::zstd : codec::deflate);
        }
    }
    return chain;
}

/// The list as `shard_writer` writes it: with crc32c, little endian.
[[nodiscard]] inline json codecs_json(const compression& packing) {
    json list = json::array({{{"name", "bytes"}, {"configuration", {{"endian", "little"}}}}});
    if (packing.method == codec::deflate) {
        list.push_back({{"name", "gzip"}, {"configuration", {{"level", level_in_use(packing)}}}});
    } else if (packing.method == codec::zstd) {
        list.push_back({{"name", "zstd"}, {"configuration", {{"level", level_in_use(packing)}, {"checksum", false}}}});
    }
    list.push_back(json::object({{"name", "crc32c"}}));
    return list;
}

} // namespace distproc::zarr
