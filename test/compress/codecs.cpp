// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "samples.hpp"
#include <distproc/compress/decoder.hpp>
#include <distproc/compress/encoder.hpp>

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

using distproc::codec;
using distproc::compress::container;
using distproc::compress::decoder;
using distproc::compress::encoder;

namespace {

using bytes = std::vector<std::byte>;

bytes encoded(encoder& by, const bytes& from) {
    bytes out(by.bound(from.size()));
    out.resize(by.encode(from, out));
    return out;
}

bytes encoded(codec method, int level, container wrap, const bytes& from) {
    encoder by(method, level, wrap);
    return encoded(by, from);
}

/// The text of the error, or nothing; `room` bytes are wanted, and what stands around them must not change.
std::string complaint(decoder& by, std::span<const std::byte> from, std::size_t room) {
    constexpr std::size_t guard = 64;
    bytes out(room + 2 * guard, std::byte{0xA5});
    std::string text;
    try {
        by.decode(from, {out.data() + guard, room});
    } catch (const distproc::error& e) {
        text = e.what();
    }
    bool untouched = true;
    for (std::size_t k = 0; k < guard; ++k) {
        untouched = untouched && out[k] == std::byte{0xA5} && out[out.size() - 1 - k] == std::byte{0xA5};
    }
    REQUIRE(untouched);
    return text;
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

std::vector<bytes> samples() {
    return {bytes{}, bytes(1, std::byte{7}), smooth(999), smooth(200003), noise(70000), bytes(300000)};
}

} // namespace

TEST_CASE("zlib's own function reads what is deflated") {
    for (const int level : {-1, 0, 1, 6, 9}) {
        for (const bytes& from : samples()) {
            const bytes packed = encoded(codec::deflate, level, container::zlib, from);
            bytes back(from.size() + 1);
            uLongf length = back.size();
            REQUIRE(uncompress(reinterpret_cast<Bytef*>(back.data()), &length,
                               reinterpret_cast<const Bytef*>(packed.data()), packed.size()) == Z_OK);
            back.resize(length);
            CHECK(back == from);
        }
    }
}

TEST_CASE("zstd's own functions read and write the same frames") {
    for (const int level : {1, 3, 12}) {
        for (const bytes& from : samples()) {
            const bytes packed = encoded(codec::zstd, level, container::zlib, from);
            CHECK(ZSTD_getFrameContentSize(packed.data(), packed.size()) == from.size());
            bytes back(from.size());
            REQUIRE(ZSTD_decompress(back.data(), back.size(), packed.data(), packed.size()) == from.size());
            CHECK(back == from);
            bytes theirs(ZSTD_compressBound(from.size()));
            theirs.resize(ZSTD_compress(theirs.data(), theirs.size(), from.data(), from.size(), level));
            CHECK(packed == theirs);
        }
    }
}

TEST_CASE("what zlib and zstd write is read") {
    for (const bytes& from : samples()) {
        bytes packed(compressBound(from.size()));
        uLongf length = packed.size();
        REQUIRE(compress(reinterpret_cast<Bytef*>(packed.data()), &length, reinterpret_cast<const Bytef*>(from.data()),
                         from.size()) == Z_OK);
        bytes back(from.size());
        decoder(codec::deflate).decode({packed.data(), length}, back);
        CHECK(back == from);
        packed.resize(ZSTD_compressBound(from.size()));
        length = ZSTD_compress(packed.data(), packed.size(), from.data(), from.size(), 5);
        back.assign(from.size(), std::byte{1});
        decoder(codec::zstd).decode({packed.data(), length}, back);
        CHECK(back == from);
    }
}

TEST_CASE("gzip has no time and no name, and zlib reads it") {
    for (const bytes& from : samples()) {
        const bytes packed = encoded(codec::deflate, 6, container::gzip, from);
        REQUIRE(packed.size() >= 18); // RFC 1952, section 2.3: ID1 ID2 CM FLG MTIME(4) XFL OS ... CRC32 ISIZE
        CHECK(packed[0] == std::byte{0x1F});
        CHECK(packed[1] == std::byte{0x8B});
        CHECK(packed[2] == std::byte{8});
        for (std::size_t k = 3; k < 8; ++k) {
            CHECK(packed[k] == std::byte{0});
        }
        bytes back(from.size());
        decoder(codec::deflate, container::gzip).decode(packed, back);
        CHECK(back == from);
    }
}

TEST_CASE("what cannot be compressed fits into the bound, first and later") {
    for (const codec method : {codec::none, codec::deflate, codec::zstd}) {
        for (const container wrap : {container::zlib, container::gzip}) {
            encoder by(method, method == codec::none ? -1 : 1, wrap);
            for (std::size_t length = 0; length < 3000; length += 7) {
                const bytes from = noise(length, length);
                CHECK(encoded(by, from).size() >= length);
            }
        }
    }
}

TEST_CASE("one encoder and one decoder serve many chunks, also after failures, and may be moved") {
    for (const codec method : {codec::none, codec::deflate, codec::zstd}) {
        encoder first(method);
        encoder by = std::move(first);
        decoder unmoved(method);
        decoder undo = std::move(unmoved);
        for (int round = 0; round < 3; ++round) {
            for (const bytes& from : samples()) {
                const bytes packed = encoded(by, from);
                CHECK(packed == encoded(method, -1, container::zlib, from));
                bytes small(packed.empty() ? 0 : packed.size() - 1);
                if (!packed.empty()) {
                    CHECK_THROWS_AS((void)by.encode(from, small), distproc::error);
                }
                CHECK(encoded(by, from) == packed);
                bytes back(from.size());
                undo.decode(packed, back);
                CHECK(back == from);
                if (!packed.empty()) {
                    CHECK(!complaint(undo, std::span(packed).first(packed.size() - 1), from.size()).empty());
                }
            }
        }
    }
}

TEST_CASE("input that is cut, damaged, or becomes another number of bytes is an error") {
    const bytes from = smooth(5000);
    struct form {
        codec method;
        container wrap;
    };
    for (const form& how : {form{codec::deflate, container::zlib}, form{codec::deflate, container::gzip},
                            form{codec::zstd, container::zlib}}) {
        const bytes packed = encoded(how.method, -1, how.wrap, from);
        decoder by(how.method, how.wrap);
        CHECK(complaint(by, packed, 5000).empty());
        for (std::size_t n = 0; n < packed.size(); ++n) {
            CHECK(!complaint(by, std::span(packed).first(n), 5000).empty());
        }
        CHECK(contains(complaint(by, packed, 5001), "decodes to 5000 bytes, not the 5001 that it should have"));
        CHECK(contains(complaint(by, packed, 4999), "decodes to more than the 4999 bytes"));
        CHECK(contains(complaint(by, packed, 0), "decodes to more than the 0 bytes"));
        bytes longer = packed;
        longer.push_back(std::byte{0});
        CHECK(!complaint(by, longer, 5000).empty());
        CHECK(!complaint(by, {}, 0).empty());
        CHECK(!complaint(by, noise(100), 5000).empty());
    }
    decoder plain(codec::none);
    CHECK(contains(complaint(plain, from, 4999), "decodes to 5000 bytes, not the 4999"));
    decoder deflated(codec::deflate);
    const bytes packed = encoded(codec::deflate, 6, container::zlib, from);
    CHECK(complaint(deflated, std::span(packed).first(packed.size() / 2), 5000).starts_with("ends early, after "));
    bytes wrong = packed;
    wrong.back() ^= std::byte{1};
    CHECK(complaint(deflated, wrong, 5000) == "is no valid zlib stream: incorrect data check");
    wrong = packed;
    wrong.push_back(std::byte{0});
    CHECK(complaint(deflated, wrong, 5000) == "goes on for 1 bytes behind the end of its zlib stream");
}

TEST_CASE("several gzip members, and several frames of zstd, are one input") {
    const bytes first = smooth(3000);
    const bytes second = noise(500);
    bytes both = first;
    both.insert(both.end(), second.begin(), second.end());
    for (const codec method : {codec::deflate, codec::zstd}) {
        bytes packed = encoded(method, -1, container::gzip, first);
        const bytes more = encoded(method, -1, container::gzip, second);
        packed.insert(packed.end(), more.begin(), more.end());
        bytes back(both.size());
        decoder(method, container::gzip).decode(packed, back);
        CHECK(back == both);
    }
}

TEST_CASE("a bomb costs no more memory than the chunk that was asked for") {
    const bytes zeros(std::size_t{64} << 20U);
    for (const codec method : {codec::deflate, codec::zstd}) {
        const bytes packed = encoded(method, 1, container::gzip, zeros);
        CHECK(packed.size() < zeros.size() / 100);
        decoder by(method, container::gzip);
        CHECK(contains(complaint(by, packed, 1000), "decodes to more than the 1000 bytes"));
    }
}
