// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/random_stream.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

using distproc::philox4x32;
using distproc::random_stream;

static_assert(std::uniform_random_bit_generator<random_stream>);

// The known answers that Random123 publishes for philox4x32 with 10 rounds (counter, key, answer).
using words = std::array<std::uint32_t, 4>;
static_assert(philox4x32({0, 0, 0, 0}, {0, 0}) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
              words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

TEST_CASE("the known answers, computed at run time") {
    volatile std::uint32_t zero = 0;
    const std::uint32_t z = zero;
    CHECK(philox4x32({z, z, z, z}, {z, z}) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox4x32({z + 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is the sequence of blocks of its seed and item") {
    constexpr std::uint64_t seed = 0x0123456789abcdefU;
    constexpr std::uint64_t item = 0xfedcba9876543210U;
    random_stream stream(seed, item);
    for (std::uint32_t block = 0; block < 5; ++block) {
        const words w = philox4x32({block, 0, 0x76543210, 0xfedcba98}, {0x89abcdef, 0x01234567});
        CHECK(stream() == (w[0] | std::uint64_t{w[1]} << 32U));
        CHECK(stream() == (w[2] | std::uint64_t{w[3]} << 32U));
    }
    CHECK(stream.seed() == seed);
    CHECK(stream.item() == item);
}

TEST_CASE("discard is the same as drawing, from and to any place") {
    for (std::size_t before = 0; before < 4; ++before) {
        for (std::size_t skipped = 0; skipped < 7; ++skipped) {
            random_stream drawn(7, 11);
            random_stream jumped(7, 11);
            for (std::size_t k = 0; k < before; ++k) {
                (void)drawn();
                (void)jumped();
            }
            for (std::size_t k = 0; k < skipped; ++k) {
                (void)drawn();
            }
            jumped.discard(skipped);
            CHECK(drawn == jumped);
            CHECK(drawn() == jumped());
            CHECK(drawn() == jumped());
        }
    }
    random_stream far(7, 11);
    far.discard(std::uint64_t{1} << 40U);
    const words w = philox4x32({0, 128, 11, 0}, {7, 0});
    CHECK(far() == (w[0] | std::uint64_t{w[1]} << 32U));
}

TEST_CASE("a copy goes on by itself") {
    random_stream a(1, 2);
    (void)a();
    random_stream b = a;
    CHECK(a == b);
    const auto next = a();
    CHECK(!(a == b));
    CHECK(b() == next);
    CHECK(!(random_stream(1, 2) == random_stream(1, 3)));
    CHECK(!(random_stream(1, 2) == random_stream(2, 2)));
}

TEST_CASE("no number of 300 streams of 100 numbers comes twice") {
    std::set<std::uint64_t> seen;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        for (std::uint64_t item = 0; item < 100; ++item) {
            random_stream stream(seed, item);
            for (int k = 0; k < 100; ++k) {
                seen.insert(stream());
            }
        }
    }
    CHECK(seen.size() == 30000); // by chance fewer with probability 2.4e-11
}

TEST_CASE("uniform() is in [0, 1), with all its 53 bits") {
    CHECK(static_cast<double>(random_stream::max() >> 11U) * 0x1p-53 < 1);
    random_stream stream(3, 0);
    std::uint64_t bits = 0;
    for (int k = 0; k < 1000; ++k) {
        const double u = stream.uniform();
        REQUIRE(u >= 0);
        REQUIRE(u < 1);
        bits |= static_cast<std::uint64_t>(u * 0x1p53);
    }
    CHECK(bits == (std::uint64_t{1} << 53U) - 1);
}

namespace {

/// Mean, variance and correlation of neighbours of n uniform numbers, each as a multiple of its standard error.
struct deviations {
    double mean, variance, correlation;
};

template <class Draw>
deviations measure(Draw&& draw, int n) {
    double sum = 0;
    double square = 0;
    double product = 0;
    double before = 0;
    for (int k = 0; k < n; ++k) {
        const double u = draw(k) - 0.5;
        sum += u;
        square += u * u;
        product += k == 0 ? 0 : u * before;
        before = u;
    }
    // Of u in [-1/2, 1/2): the mean is 0, the variance 1/12, the variance of u^2 1/180, that of a product 1/144.
    return {sum / std::sqrt(n / 12.0), (square - n / 12.0) / std::sqrt(n / 180.0),
            product / std::sqrt((n - 1) / 144.0)};
}

void check_small(const deviations& d) {
    CHECK(std::abs(d.mean) < 5); // five standard errors
    CHECK(std::abs(d.variance) < 5);
    CHECK(std::abs(d.correlation) < 5);
}

} // namespace

TEST_CASE("mean, variance and correlation of neighbours agree with the uniform distribution") {
    constexpr int n = 1000000;
    random_stream stream(42, 17);
    check_small(measure([&](int) { return stream.uniform(); }, n));
    // Across items: the first number of each, and of neighbouring seeds.
    check_small(measure([](int k) { return random_stream(42, static_cast<std::uint64_t>(k)).uniform(); }, n));
    check_small(measure([](int k) { return random_stream(static_cast<std::uint64_t>(k), 42).uniform(); }, n));
}

TEST_CASE("every bit is set half of the time") {
    constexpr int n = 100000;
    random_stream stream(5, 6);
    std::vector<int> ones(64, 0);
    for (int k = 0; k < n; ++k) {
        const std::uint64_t word = stream();
        for (std::size_t b = 0; b < 64; ++b) {
            ones[b] += static_cast<int>(word >> b & 1U);
        }
    }
    for (const int count : ones) {
        CHECK(std::abs(count - n / 2) < 5.5 * std::sqrt(n / 4.0));
    }
}

TEST_CASE("the distributions of <random> take it") {
    random_stream stream(1, 1);
    std::normal_distribution<double> normal(2, 3);
    double sum = 0;
    for (int k = 0; k < 100000; ++k) {
        sum += normal(stream);
    }
    CHECK(std::abs(sum / 100000 - 2) < 5 * 3 / std::sqrt(100000.0));
}
