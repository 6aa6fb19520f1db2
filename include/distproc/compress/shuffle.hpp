// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

// The byte shuffle of HDF5's filter 2 (HDF5 File Format Specification, section IV.A.2.l, "Filter Pipeline Message"):
// the first bytes of all elements, then all second bytes, and so on; bytes behind the last whole element stay behind.

namespace distproc::compress {
namespace detail {

/// Elements [first, last) in plain loops, some at a time, so that what is read with a stride stays in the cache.
template <class Move>
void for_bytes(std::size_t first, std::size_t last, std::size_t element, Move move) {
    const std::size_t most = std::max<std::size_t>(16, 16384 / element);
    for (; first < last; first = std::min(last, first + most)) {
        const std::size_t end = std::min(last, first + most);
        for (std::size_t k = 0; k < element; ++k) {
            for (std::size_t j = first; j < end; ++j) {
                move(j, k);
            }
        }
    }
}

#if defined(__SSE2__)
/// Sixteen elements of Bytes bytes, as Bytes registers. To deal out the bytes of both halves in turn moves the highest
/// bit of each byte's number to the lowest place: four times, and the number of the byte in its element comes first; as
/// often as a number below Bytes has bits, and the number of the element comes first again.
template <std::size_t Bytes, class = std::make_index_sequence<Bytes>>
struct sixteen;

template <std::size_t Bytes, std::size_t... K> // no loops: compilers keep what has constant indices in registers
struct sixteen<Bytes, std::index_sequence<K...>> {
    __m128i row[Bytes];

    void load(const std::byte* from, std::size_t step) noexcept {
        ((row[K] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + K * step))), ...);
    }
    void store(std::byte* to, std::size_t step) const noexcept {
        (_mm_storeu_si128(reinterpret_cast<__m128i*>(to + K * step), row[K]), ...);
    }
    template <int Times>
    void deal() noexcept {
        constexpr std::size_t half = Bytes / 2;
        const __m128i next[Bytes] = {(K % 2 == 0 ? _mm_unpacklo_epi8(row[K / 2], row[K / 2 + half])
                                                 : _mm_unpackhi_epi8(row[K / 2], row[K / 2 + half]))...};
        ((row[K] = next[K]), ...);
        if constexpr (Times > 1) {
            deal<Times - 1>();
        }
    }
};

template <std::size_t Bytes>
[[nodiscard]] std::size_t shuffle_sixteens(const std::byte* from, std::byte* to, std::size_t count) noexcept {
    std::size_t j = 0;
    for (; j + 16 <= count; j += 16) {
        sixteen<Bytes> block;
        block.load(from + j * Bytes, 16);
        block.template deal<4>();
        block.store(to + j, count);
    }
    return j;
}

template <std::size_t Bytes>
[[nodiscard]] std::size_t unshuffle_sixteens(const std::byte* from, std::byte* to, std::size_t count) noexcept {
    std::size_t j = 0;
    for (; j + 16 <= count; j += 16) {
        sixteen<Bytes> block;
        block.load(from + j, count);
        block.template deal<std::countr_zero(Bytes)>();
        block.store(to + j * Bytes, 16);
    }
    return j;
}
#endif

/// Calls `use` with the element size where it is one of those that are worth code of their own. Returns the elements
/// that it did.
template <class Use>
[[nodiscard]] std::size_t by_sixteens([[maybe_unused]] std::size_t element, [[maybe_unused]] Use use) {
#if defined(__SSE2__)
    switch (element) {
    case 2:
        return use.template operator()<2>();
    case 4:
        return use.template operator()<4>();
    case 8:
        return use.template operator()<8>();
    case 16:
        return use.template operator()<16>();
    default:
        break;
    }
#endif
    return 0;
}

} // namespace detail

/// Shuffles elements of `element` bytes each. `to` has as many bytes as `from` and does not overlap it. Elements of 2,
/// 4 and 8 bytes go as fast as memory, and at half of memcpy's speed in the caches; those of 16 bytes at 3 GB/s, others
/// at 1 to 3 GB/s.
inline void shuffle(std::span<const std::byte> from, std::span<std::byte> to, std::size_t element) {
    const std::size_t count = element > 1 ? from.size() / element : 0;
    const std::byte* const source = from.data();
    std::byte* const target = to.data();
    const std::size_t done = detail::by_sixteens(
        element, [&]<std::size_t Bytes>() { return detail::shuffle_sixteens<Bytes>(source, target, count); });
    if (done != count) {
        detail::for_bytes(done, count, element,
                          [=](std::size_t j, std::size_t k) { target[k * count + j] = source[j * element + k]; });
    }
    std::copy(from.begin() + static_cast<std::ptrdiff_t>(count * element), from.end(), target + count * element);
}

/// Undoes `shuffle`.
inline void unshuffle(std::span<const std::byte> from, std::span<std::byte> to, std::size_t element) {
    const std::size_t count = element > 1 ? from.size() / element : 0;
    const std::byte* const source = from.data();
    std::byte* const target = to.data();
    const std::size_t done = detail::by_sixteens(
        element, [&]<std::size_t Bytes>() { return detail::unshuffle_sixteens<Bytes>(source, target, count); });
    if (done != count) {
        detail::for_bytes(done, count, element,
                          [=](std::size_t j, std::size_t k) { target[j * element + k] = source[k * count + j]; });
    }
    std::copy(from.begin() + static_cast<std::ptrdiff_t>(count * element), from.end(), target + count * element);
}

} // namespace distproc::compress
