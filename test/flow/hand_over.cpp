// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/flow/hand_over.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

using distproc::is_aligned;
using distproc::detail::hand_over;

TEST_CASE("spans come to an aligned address, with their numbers") {
    alignas(64) double numbers[70];
    for (int k = 0; k < 70; ++k) {
        numbers[k] = k;
    }
    hand_over<std::span<const double>> convey;
    for (std::size_t offset = 0; offset < 8; ++offset) {
        const std::span<const double> item(numbers + offset, 62);
        const auto there = convey(item);
        CHECK(is_aligned(there.data()));
        REQUIRE(there.size() == 62);
        CHECK((there.data() == item.data()) == (offset == 0)); // no copy where none is needed
        CHECK(there[61] == numbers[offset + 61]);
    }
    CHECK(convey(std::span<const double>(numbers + 1, 0)).empty());
    const std::span<const float> none;
    CHECK(hand_over<std::span<const float>>()(none).empty());
}

TEST_CASE("large objects come to an aligned address, scalars and owners go as they are") {
    alignas(64) std::array<double, 5> arrays[3] = {{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}, {11, 12, 13, 14, 15}};
    hand_over<const std::array<double, 5>&> convey;
    CHECK(&convey(arrays[0]) == &arrays[0]);
    CHECK(&convey(arrays[1]) != &arrays[1]);
    CHECK(is_aligned(&convey(arrays[1])));
    CHECK(convey(arrays[2]) == arrays[2]);

    const double scalar = 3;
    CHECK(&hand_over<const double&>()(scalar) == &scalar);
    const std::vector<double> owner(3);
    CHECK(&hand_over<const std::vector<double>&>()(owner) == &owner);
    std::string text = "moved";
    static_assert(std::is_same_v<decltype(hand_over<std::string>()(std::move(text))), std::string&&>);
}

TEST_CASE("each part of a tuple comes to its own aligned address") {
    alignas(64) double a[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    alignas(64) float b[9] = {0, 10, 20, 30, 40, 50, 60, 70, 80};
    using item = std::tuple<std::span<const double>, std::span<const float>, const double&>;
    hand_over<item> convey;
    const item there = convey(item(std::span<const double>(a + 1, 8), std::span<const float>(b + 3, 6), a[4]));
    CHECK(is_aligned(std::get<0>(there).data()));
    CHECK(is_aligned(std::get<1>(there).data()));
    CHECK(std::get<0>(there).data() != reinterpret_cast<const double*>(std::get<1>(there).data()));
    CHECK(std::get<0>(there)[7] == 8);
    CHECK(std::get<1>(there)[5] == 80);
    CHECK(&std::get<2>(there) == &a[4]);
}
