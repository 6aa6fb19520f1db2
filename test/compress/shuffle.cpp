// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "samples.hpp"
#include <distproc/compress/shuffle.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

namespace {

using bytes = std::vector<std::byte>;

/// As the format says it, byte by byte.
bytes reference(const bytes& from, std::size_t element) {
    const std::size_t count = from.size() / element;
    bytes to = from; // what is behind the last whole element stays
    for (std::size_t j = 0; j < count; ++j) {
        for (std::size_t k = 0; k < element; ++k) {
            to[k * count + j] = from[j * element + k];
        }
    }
    return to;
}

} // namespace

TEST_CASE("shuffled as the format says, and back") {
    for (const std::size_t element : std::vector<std::size_t>{1, 2, 3, 4, 5, 7, 8, 12, 16, 24, 100, 5000}) {
        for (const std::size_t length :
             std::vector<std::size_t>{0, 1, 2, 7, 8, 15, 16, 17, 31, 127, 128, 129, 255, 256, 4099, 65536, 99991}) {
            const bytes from = noise(length, element);
            bytes to(length, std::byte{0xA5});
            distproc::compress::shuffle(from, to, element);
            REQUIRE(to == reference(from, element));
            bytes back(length, std::byte{0xA5});
            distproc::compress::unshuffle(to, back, element);
            REQUIRE(back == from);
        }
    }
}

TEST_CASE("four elements of two bytes") {
    const bytes from = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
    bytes to(5);
    distproc::compress::shuffle(from, to, 2);
    CHECK(to == bytes{std::byte{1}, std::byte{3}, std::byte{2}, std::byte{4}, std::byte{5}});
}
