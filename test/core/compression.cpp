// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/compression.hpp>

#include <doctest/doctest.h>

#include <string>

using distproc::codec;
using distproc::compression;

namespace {

std::string complaint(const compression& how) {
    try {
        check(how);
    } catch (const distproc::error& e) {
        return e.what();
    }
    return "";
}

} // namespace

TEST_CASE("nothing is compressed unless asked for") {
    CHECK(compression{}.method == codec::none);
    CHECK(compression{}.level == -1);
    CHECK(compression{}.shuffle);
    CHECK(complaint({}).empty());
}

TEST_CASE("levels are those of the codecs") {
    for (int level = -1; level <= 9; ++level) {
        CHECK(complaint({codec::deflate, level}).empty());
    }
    for (int level = 1; level <= 22; ++level) {
        CHECK(complaint({codec::zstd, level}).empty());
    }
    CHECK(complaint({codec::zstd}).empty());
    CHECK(complaint({codec::deflate, 10}) ==
          "compression by deflate has no level 10; give 0 to 9, or -1 for the default of 6");
    CHECK(complaint({codec::deflate, -2}).find("no level -2") != std::string::npos);
    CHECK(complaint({codec::zstd, 0}) ==
          "compression by zstd has no level 0; give 1 to 22, or -1 for the default of 3");
    CHECK(complaint({codec::zstd, 23}).find("no level 23") != std::string::npos);
    CHECK(complaint({codec::zstd, -5}).find("no level -5") != std::string::npos);
    CHECK(complaint({codec::none, 3}) ==
          "compression has level 3 and no method; set method to codec::deflate or codec::zstd");
    CHECK(complaint({static_cast<codec>(9)}) ==
          "compression has a method that is unknown; write codec::none, codec::deflate or codec::zstd");
}

TEST_CASE("for people") {
    CHECK(to_string(compression{}) == "none");
    CHECK(to_string(compression{codec::zstd}) == "zstd 3");
    CHECK(to_string(compression{codec::deflate}) == "deflate 6");
    CHECK(to_string(compression{codec::deflate, 0}) == "deflate 0");
}
