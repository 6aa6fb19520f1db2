// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/describe.hpp>
#include <distproc/core/result_text.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

using distproc::describe;

namespace {

template <class Result>
std::string text_of(const Result& result) {
    return to_text(describe<Result>(), reinterpret_cast<const std::byte*>(&result));
}

struct fit {
    double amplitude, offset;
    bool valid;
    std::array<int, 2> counts;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(amplitude) & DISTPROC_NAMED(offset) & DISTPROC_NAMED(valid) & DISTPROC_NAMED(counts);
    }
};

} // namespace

TEST_CASE("a result as text") {
    CHECK(text_of(fit{1.5, 2, true, {3, -4}}) == "amplitude = 1.5, offset = 2, valid = true, counts = [3, -4]");
    CHECK(text_of(0.1) == "0.1");
    CHECK(text_of(false) == "false");
    CHECK(text_of(std::int8_t{-5}) == "-5");
    CHECK(text_of(std::uint8_t{200}) == "200");
    CHECK(text_of(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(text_of(std::array<std::array<std::int16_t, 2>, 2>{{{1, 2}, {3, 4}}}) == "[[1, 2], [3, 4]]");
    CHECK(text_of(std::complex<double>(1, -2.5)) == "1-2.5i");
    CHECK(text_of(std::complex<float>(0.1F, 2)) == "0.1+2i");
    CHECK(text_of(std::numeric_limits<double>::infinity()) == "inf");
    CHECK(text_of(-0.0) == "-0");
}

TEST_CASE("doubles are read back exactly") {
    const auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    for (int k = 0; k < 10000; ++k) {
        const std::uint64_t bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof(value));
        if (value != value) {
            continue;
        }
        const std::string text = text_of(value);
        REQUIRE(std::strtod(text.c_str(), nullptr) == value);
    }
}
