// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/zarr/byte_codecs.hpp>
#include <distproc/zarr/codec_json.hpp>
#include <distproc/zarr/data_type.hpp>
#include <distproc/zarr/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc::zarr {

/// What zarr.json says of an array: Zarr v3 core, section "Array metadata". Read are regular chunk grids whose codecs
/// are bytes (of either byte order), maybe gzip or zstd, and maybe crc32c, in this order: alone, or inside
/// sharding_indexed, whose index has no gzip or zstd.
struct array_metadata {
    shape extents;
    element_kind kind = element_kind::float64;
    shape shard; ///< extents of what one file holds
    shape chunk; ///< of an inner chunk; the shard's where there are no shards
    bool sharded = true;
    byte_codecs chunk_codecs{false, true, {}};
    byte_codecs index_codecs{false, true, {}};
    bool index_at_end = true;
    std::string key_prefix = "c/"; ///< section "Chunk key encoding"
    char key_separator = '/';
    std::vector<std::byte> fill; ///< one element, little endian
    json attributes = json::object();

    [[nodiscard]] std::size_t chunk_data_bytes() const { return volume(chunk) * element_bytes(kind); }
    [[nodiscard]] std::size_t chunks_in_shard() const {
        std::size_t chunks = 1;
        for (std::size_t d = 0; d < shard.size(); ++d) {
            chunks *= shard[d] / chunk[d];
        }
        return chunks;
    }

    /// Where the file of a shard lies below the array's folder.
    [[nodiscard]] std::string key(const shape& place) const {
        std::string name;
        for (const std::size_t index : place) {
            if (!name.empty()) {
                name += key_separator;
            }
            name += std::to_string(index);
        }
        if (name.empty()) { // no axes: "c", or "0" in the manner of version 2
            return key_prefix.empty() ? "0" : "c";
        }
        return key_prefix + name;
    }
};

namespace detail {

class array_parser {
public:
    explicit array_parser(const document& from) : from_(from), root_(from.root()) {}

    [[nodiscard]] array_metadata parse() {
        array_metadata a;
        check_known();
        a.extents = from_.shape_at(root_, "shape");
        a.kind = kind();
        const json& grid = from_.at(root_, "chunk_grid");
        if (const std::string name = from_.name_of(grid); name != "regular") {
            fail_unsupported(from_, "has the chunk grid '" + name + "' instead of 'regular'");
        }
        a.shard = a.chunk = extents_in(from_.at(grid, "configuration"), a.extents.size());
        take_keys(a);
        take_codecs(a);
        check_sizes(a);
        const auto fill = parse_element(a.kind, from_.at(root_, "fill_value"));
        if (!fill) {
            from_.fail("has a fill_value that is no " + std::string(to_string(a.kind)));
        }
        a.fill = *fill;
        if (root_.contains("attributes") && root_["attributes"].is_object()) {
            a.attributes = root_["attributes"];
        }
        return a;
    }

private:
    void check_known() const {
        const json& format = from_.at(root_, "zarr_format");
        if (!is_number(format, 3)) {
            from_.fail("is of zarr_format " + format.dump() + ", but only version 3 is read");
        }
        if (const std::string type = from_.text_at(root_, "node_type"); type != "array") {
            from_.fail("describes a " + type + ", not an array; name one of the arrays in it");
        }
        for (const auto& [name, value] : root_.items()) {
            static constexpr std::string_view known =
                " zarr_format node_type shape data_type chunk_grid chunk_key_encoding fill_value codecs attributes "
                "dimension_names consolidated_metadata ";
            const bool ours = known.find(" " + name + " ") != std::string_view::npos;
            const bool empty = value.is_null() || ((value.is_array() || value.is_object()) && value.empty());
            const bool optional =
                value.is_object() && value.contains("must_understand") && is_false(value["must_understand"]);
            if (!ours && !empty && !optional) {
                from_.fail("has '" + name + "', which this version does not know");
            }
        }
    }

    [[nodiscard]] element_kind kind() const {
        const std::string name = from_.name_of(from_.at(root_, "data_type"));
        const auto found = kind_of_name(name);
        if (!found) {
            from_.fail("has the data type '" + name + "'; bool, int8 to uint64, float32, float64, complex64 and " +
                       "complex128 can be read");
        }
        return *found;
    }

    [[nodiscard]] shape extents_in(const json& configuration, std::size_t rank) const {
        shape extents = from_.shape_at(configuration, "chunk_shape");
        bool good = extents.size() == rank;
        for (const std::size_t extent : extents) {
            good = good && extent != 0;
        }
        if (!good) {
            from_.fail("has a chunk_shape that does not fit an array of " + std::to_string(rank) + " axes");
        }
        return extents;
    }

    void take_keys(array_metadata& a) const {
        const json& keys = from_.at(root_, "chunk_key_encoding");
        const std::string name = from_.name_of(keys);
        if (name != "default" && name != "v2") {
            fail_unsupported(from_, "has the chunk key encoding '" + name + "'");
        }
        const std::string separator = from_.option(keys, "separator", name == "v2" ? "." : "/");
        if (separator != "/" && separator != ".") {
            from_.fail("has the separator '" + separator + "' in its chunk keys; it must be '/' or '.'");
        }
        a.key_separator = separator[0];
        a.key_prefix = name == "v2" ? "" : "c" + separator;
    }

    void take_codecs(array_metadata& a) const {
        const json& codecs = from_.at(root_, "codecs");
        a.sharded = codecs.is_array() && codecs.size() == 1 && from_.name_of(codecs[0]) == "sharding_indexed";
        if (!a.sharded) {
            a.chunk_codecs = parse_codecs(from_, codecs);
            return;
        }
        // Codec sharding_indexed, section "Configuration parameters".
        const json& how = from_.at(codecs[0], "configuration");
        a.chunk = extents_in(how, a.extents.size());
        a.chunk_codecs = parse_codecs(from_, from_.at(how, "codecs"));
        a.index_codecs = parse_codecs(from_, from_.at(how, "index_codecs"));
        if (a.index_codecs.compressed()) {
            from_.fail(
                "has a compressed index, whose size cannot be known; the codecs of an index are bytes and crc32c");
        }
        const std::string location = how.contains("index_location") ? from_.text_at(how, "index_location") : "end";
        if (location != "start" && location != "end") {
            from_.fail("has the index_location '" + location + "'; it must be start or end");
        }
        a.index_at_end = location == "end";
        for (std::size_t d = 0; d < a.shard.size(); ++d) {
            if (a.shard[d] % a.chunk[d] != 0) {
                from_.fail("has inner chunks of " + to_string(a.chunk) + ", which do not divide its shards of " +
                           to_string(a.shard));
            }
        }
    }

    void check_sizes(const array_metadata& a) const {
        constexpr std::size_t most = std::size_t{1} << 58U;
        try {
            (void)volume(a.extents);
            if (volume(a.shard) < most) {
                return;
            }
        } catch (const error&) { // said below
        }
        from_.fail("describes shards of " + to_string(a.shard) + " in an array of " + to_string(a.extents) +
                   ", which cannot be addressed");
    }

    const document& from_;
    const json& root_;
};

} // namespace detail

/// Throws `error`, naming the file, where the text is no array that can be read.
[[nodiscard]] inline array_metadata parse_array(std::string_view text, const std::string& file) {
    const document from(text, file);
    return detail::array_parser(from).parse();
}

/// The metadata of an array as `shard_writer` writes it. Sections "Array metadata" and "Configuration parameters".
[[nodiscard]] inline json array_json(const array_metadata& a) {
    json codecs = json::array();
    if (a.sharded) {
        codecs.push_back({{"name", "sharding_indexed"},
                          {"configuration",
                           {{"chunk_shape", a.chunk},
                            {"codecs", codecs_json(a.chunk_codecs.packing)},
                            {"index_codecs", codecs_json({})},
                            {"index_location", "end"}}}});
    } else {
        codecs = codecs_json(a.chunk_codecs.packing);
    }
    const std::vector<std::byte> zero(element_bytes(a.kind));
    return {{"zarr_format", 3},
            {"node_type", "array"},
            {"shape", a.extents},
            {"data_type", std::string(to_string(a.kind))},
            {"chunk_grid", {{"name", "regular"}, {"configuration", {{"chunk_shape", a.shard}}}}},
            {"chunk_key_encoding", {{"name", "default"}, {"configuration", {{"separator", "/"}}}}},
            {"fill_value", to_json(a.kind, zero.data())},
            {"codecs", std::move(codecs)},
            {"attributes", a.attributes},
            {"storage_transformers", json::array()}};
}

} // namespace distproc::zarr
