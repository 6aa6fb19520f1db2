// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace distproc {

/// Philox4x32-10: four random words from a counter and a key, without any state. J. K. Salmon, M. A. Moraes, R. O.
/// Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11, doi:10.1145/2063384.2063405.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                                std::array<std::uint32_t, 2> key) noexcept {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32U) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32U) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
        key[0] += 0x9E3779B9U;
        key[1] += 0xBB67AE85U;
    }
    return counter;
}

/// The random numbers of one item: a uniform random bit generator for the distributions of <random>. What it draws
/// depends on (seed, item, place in the stream) alone, so results do not depend on who computes the item, nor on when.
/// Streams of two items, or of two seeds, share no number's counter. 2^64 numbers per item, about 10 ns each. Throws
/// nothing.
class random_stream {
public:
    using result_type = std::uint64_t;

    constexpr random_stream(std::uint64_t seed, std::uint64_t item) noexcept : seed_(seed), item_(item) {}

    [[nodiscard]] static constexpr result_type min() noexcept { return 0; }
    [[nodiscard]] static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

    /// The next 64 random bits.
    constexpr result_type operator()() noexcept {
        const std::uint64_t block = place_ >> 1U;
        if (block != block_) {
            block_ = block;
            const auto words =
                philox4x32({low(block), high(block), low(item_), high(item_)}, {low(seed_), high(seed_)});
            pair_ = {words[0] | std::uint64_t{words[1]} << 32U, words[2] | std::uint64_t{words[3]} << 32U};
        }
        return pair_[place_++ & 1U];
    }

    /// The next number in [0, 1): a multiple of 2^-53.
    constexpr double uniform() noexcept { return static_cast<double>((*this)() >> 11U) * 0x1p-53; }

    /// Passes over `count` numbers in constant time.
    constexpr void discard(std::uint64_t count) noexcept { place_ += count; }

    [[nodiscard]] constexpr std::uint64_t seed() const noexcept { return seed_; }
    [[nodiscard]] constexpr std::uint64_t item() const noexcept { return item_; }

    /// Whether both will draw the same numbers from here on.
    friend constexpr bool operator==(const random_stream& a, const random_stream& b) noexcept {
        return a.seed_ == b.seed_ && a.item_ == b.item_ && a.place_ == b.place_;
    }

private:
    static constexpr std::uint32_t low(std::uint64_t word) noexcept { return static_cast<std::uint32_t>(word); }
    static constexpr std::uint32_t high(std::uint64_t word) noexcept { return static_cast<std::uint32_t>(word >> 32U); }

    std::uint64_t seed_;
    std::uint64_t item_;
    std::uint64_t place_ = 0;                 // numbers drawn so far
    std::uint64_t block_ = ~std::uint64_t{0}; // which block `pair_` holds; no place has this one
    std::array<std::uint64_t, 2> pair_{};
};

} // namespace distproc
