// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Gives damaged metadata, damaged indexes of shards and damaged compressed chunks to their readers: fuzz [INPUTS
// [SEED]]. Each input must be refused with distproc::error, or be read as something that is consistent in itself, and
// with a checksum as what was written. Prints the seed.
#include <distproc/core/error.hpp>
#include <distproc/zarr/chunk_codec.hpp>
#include <distproc/zarr/metadata.hpp>
#include <distproc/zarr/shard_index.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zarr = distproc::zarr;

namespace {

constexpr std::array<std::string_view, 7> documents = {
    R"({"zarr_format":3,"node_type":"array","shape":[7,13],"data_type":"float64","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[8,16]}},"chunk_key_encoding":{"name":"default","configuration":{"separator":"/"}},"fill_value":0.0,"codecs":[{"name":"sharding_indexed","configuration":{"chunk_shape":[4,4],"codecs":[{"name":"bytes","configuration":{"endian":"little"}},{"name":"crc32c"}],"index_codecs":[{"name":"bytes","configuration":{"endian":"little"}},{"name":"crc32c"}],"index_location":"end"}}],"attributes":{"complete":1},"storage_transformers":[]})",
    R"({"zarr_format":3,"node_type":"array","shape":[100],"data_type":"complex64","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[10]}},"chunk_key_encoding":{"name":"v2"},"fill_value":["NaN","-Infinity"],"codecs":[{"name":"bytes","configuration":{"endian":"big"}}]})",
    R"({"zarr_format":3,"node_type":"array","shape":[],"data_type":"bool","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[]}},"chunk_key_encoding":"default","fill_value":false,"codecs":["bytes","crc32c"]})",
    R"({"zarr_format":3,"node_type":"array","shape":[5,0],"data_type":"uint64","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1,1]}},"chunk_key_encoding":{"name":"default"},"fill_value":18446744073709551615,"codecs":["bytes"],"dimension_names":[null,"x"]})",
    R"({"zarr_format":3,"node_type":"array","shape":[9],"data_type":"float32","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[3]}},"chunk_key_encoding":{"name":"default"},"fill_value":"0x7fc00000","codecs":["bytes"],"new":{"must_understand":false}})",
    R"({"zarr_format":3,"node_type":"array","shape":[40],"data_type":"int16","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[8]}},"chunk_key_encoding":{"name":"default"},"fill_value":-1,"codecs":[{"name":"sharding_indexed","configuration":{"chunk_shape":[4],"codecs":[{"name":"bytes","configuration":{"endian":"little"}},{"name":"zstd","configuration":{"level":3,"checksum":false}},{"name":"crc32c"}],"index_codecs":[{"name":"bytes","configuration":{"endian":"little"}},{"name":"crc32c"}]}}]})",
    R"({"zarr_format":3,"node_type":"array","shape":[40],"data_type":"int8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[8]}},"chunk_key_encoding":{"name":"default"},"fill_value":1,"codecs":[{"name":"bytes"},{"name":"gzip","configuration":{"level":5}}],"attributes":{}})",
};

/// What is put in place of something else.
constexpr std::array<std::string_view, 31> parts = {"[",
                                                    "]",
                                                    "{",
                                                    "}",
                                                    ",",
                                                    ":",
                                                    "\"",
                                                    "null",
                                                    "true",
                                                    "-1",
                                                    "0",
                                                    "1",
                                                    "1e999",
                                                    "18446744073709551615",
                                                    "18446744073709551616",
                                                    "9223372036854775807",
                                                    "4294967296",
                                                    "0.5",
                                                    "\"NaN\"",
                                                    "\"0x00\"",
                                                    "\"bytes\"",
                                                    "\"crc32c\"",
                                                    "\"sharding_indexed\"",
                                                    "\"gzip\"",
                                                    "\"zstd\"",
                                                    "\"blosc\"",
                                                    "[]",
                                                    "{}",
                                                    "[1,2,3]",
                                                    "\"\\u0000\"",
                                                    "\xff\xfe"};

class fuzzer {
public:
    explicit fuzzer(std::uint64_t seed) : random_(seed) {}

    void metadata() {
        std::string text(documents[below(documents.size())]);
        for (std::size_t n = 1 + below(4); n-- > 0;) {
            damage(text);
        }
        try {
            const zarr::array_metadata a = zarr::parse_array(text, "zarr.json");
            require(a.shard.size() == a.extents.size() && a.chunk.size() == a.extents.size(), text);
            for (std::size_t d = 0; d < a.shard.size(); ++d) {
                require(a.chunk[d] != 0 && a.shard[d] % a.chunk[d] == 0, text);
            }
            require(a.fill.size() == distproc::element_bytes(a.kind), text);
            const std::uint64_t data = a.chunk_data_bytes();
            require(a.chunks_in_shard() != 0 && a.chunk_codecs.most_bytes(data) >= data, text);
            require(a.chunk_codecs.least_bytes(data) <= a.chunk_codecs.most_bytes(data), text);
            require(!a.index_codecs.compressed(), text);
            require(!a.key(a.extents).empty(), text);
            // What is accepted is written and read again as the same, as far as this library writes it.
            zarr::array_metadata again = zarr::parse_array(zarr::to_text(zarr::array_json(a)), "again");
            require(again.extents == a.extents && again.kind == a.kind && again.shard == a.shard, text);
            require(again.chunk_codecs.packing.method == a.chunk_codecs.packing.method, text);
            ++accepted;
        } catch (const distproc::error&) {
            ++refused;
        }
    }

    void index() {
        constexpr std::uint64_t data_bytes = 128;
        const zarr::byte_codecs codecs{false, true, {below(2) == 0 ? distproc::codec::none : distproc::codec::zstd}};
        std::uint64_t chunk_bytes = codecs.compressed() ? 1 + below(200) : data_bytes;
        chunk_bytes += codecs.extra_bytes();
        std::vector<zarr::chunk_place> places(1 + below(9));
        for (std::size_t k = 0; k < places.size(); ++k) {
            if (below(4) != 0) {
                places[k] = {k * chunk_bytes, chunk_bytes};
            }
        }
        std::vector<std::byte> bytes = zarr::encode_index(places);
        zarr::index_facts facts{places.size(),     data_bytes, codecs, places.size() * chunk_bytes + bytes.size(),
                                {false, true, {}}, "shard"};
        const bool checked = below(2) == 0;
        if (!checked) {
            facts.codecs.checksum = false;
            bytes.resize(bytes.size() - 4);
        }
        const std::vector<std::byte> before = bytes;
        for (std::size_t n = below(3); n-- > 0;) {
            bytes[below(bytes.size())] ^= static_cast<std::byte>(1U << below(8));
        }
        if (below(8) == 0) {
            bytes.resize(below(2 * bytes.size()));
        }
        if (below(8) == 0) {
            facts.file_bytes = below(2) == 0 ? below(200) : random_();
        }
        try {
            const auto found = zarr::decode_index(bytes, facts);
            require(found.size() == places.size(), "index");
            require(!checked || bytes == before, "a damaged index with a checksum was accepted");
            for (const zarr::chunk_place& p : found) {
                const bool sized = codecs.compressed() ? p.bytes <= 2 * data_bytes + 5000 : p.bytes == chunk_bytes;
                const bool inside = sized && p.bytes <= facts.file_bytes && p.offset <= facts.file_bytes - p.bytes;
                require(p.absent() || inside, "a chunk outside its file was accepted");
            }
            ++accepted;
        } catch (const distproc::error&) {
            ++refused;
        }
    }

    void chunk() {
        const std::size_t which = below(packers_.size());
        std::vector<std::byte> data(8 + 8 * below(300));
        const std::size_t kinds = 1 + below(256); // of bytes: from all the same to noise
        for (std::byte& b : data) {
            b = static_cast<std::byte>(below(kinds));
        }
        std::vector<std::byte> bytes(packers_[which].bound(data.size()));
        bytes.resize(packers_[which].pack(data, bytes));
        const bool checked = below(2) == 0;
        if (!checked) {
            bytes.resize(bytes.size() - 4);
        }
        const std::vector<std::byte> before = bytes;
        for (std::size_t n = below(3); n-- > 0;) {
            bytes[below(below(2) == 0 ? bytes.size() : std::min<std::size_t>(16, bytes.size()))] ^=
                static_cast<std::byte>(1U << below(8));
        }
        if (below(6) == 0) {
            bytes.resize(below(2 * bytes.size()));
            bytes.shrink_to_fit(); // so that the address sanitizer sees each byte behind it
        }
        std::vector<std::byte> out(below(8) == 0 ? below(3000) : data.size());
        try {
            (checked ? checked_ : unchecked_)[which].unpack(bytes, out);
            require(bytes != before || out == data, "a chunk decoded to other bytes");
            require(!checked || (bytes == before && out == data), "a damaged chunk with a checksum was accepted");
            ++accepted;
        } catch (const distproc::error&) {
            require(bytes != before || out.size() != data.size(), "a whole chunk was refused");
            ++refused;
        }
    }

    std::size_t accepted = 0;
    std::size_t refused = 0;

private:
    static std::vector<zarr::chunk_unpacker> unpackers(bool checked) {
        std::vector<zarr::chunk_unpacker> all;
        for (const distproc::codec method : methods) {
            all.emplace_back(zarr::byte_codecs{false, checked, {method}});
        }
        return all;
    }
    static constexpr std::array<distproc::codec, 3> methods = {distproc::codec::none, distproc::codec::deflate,
                                                               distproc::codec::zstd};
    std::array<zarr::chunk_packer, 3> packers_ = {zarr::chunk_packer({methods[0]}), zarr::chunk_packer({methods[1]}),
                                                  zarr::chunk_packer({methods[2], 1})};
    std::vector<zarr::chunk_unpacker> checked_ = unpackers(true);
    std::vector<zarr::chunk_unpacker> unchecked_ = unpackers(false);

    std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }

    static void require(bool good, std::string_view input) {
        if (!good) {
            std::fprintf(stderr, "wrong data accepted: %s\n", std::string(input).c_str());
            std::exit(1);
        }
    }

    void damage(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        const std::string_view part = parts[below(parts.size())];
        switch (below(6)) {
        case 0:
            text.insert(at, part);
            break;
        case 1:
            text.erase(at, below(12));
            break;
        case 2:
            text.resize(at);
            break;
        case 3:
            if (at < text.size()) {
                text[at] = static_cast<char>(below(256));
            }
            break;
        case 4: { // a number or word becomes another
            const std::size_t begin = text.find_first_of("0123456789\"", at);
            if (begin != std::string::npos) {
                std::size_t end = text.find_first_of(",]}:", begin);
                end = end == std::string::npos ? text.size() : end;
                text.replace(begin, end - begin, part);
            }
            break;
        }
        default:
            text.replace(at, below(8), text.substr(below(text.size() + 1), below(60)));
        }
    }

    std::mt19937_64 random_;
};

} // namespace

int main(int argc, char** argv) {
    const std::size_t inputs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200000;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
    std::printf("%zu inputs, seed %llu\n", inputs, static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    fuzzer f(seed);
    try {
        for (std::size_t k = 0; k < inputs; ++k) {
            if (k % 3 == 0) {
                f.metadata();
            } else if (k % 3 == 1) {
                f.index();
            } else {
                f.chunk();
            }
        }
    } catch (const std::exception& e) {
        std::fprintf(stderr, "another exception than distproc::error: %s\n", e.what());
        return 1;
    }
    std::printf("%zu accepted, %zu refused\n", f.accepted, f.refused);
    return f.accepted != 0 && f.refused != 0 ? 0 : 1;
}
