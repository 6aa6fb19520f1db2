// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "source/drain.hpp"
#include <distproc/core/error.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/select.hpp>
#include <distproc/source/zip.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace {

/// Items are spans of k % 3 + 1 numbers of type T.
template <class T>
struct triples {
    std::size_t count;

    struct opened {
        using item = std::span<const T>;
        std::size_t count;
        [[nodiscard]] distproc::shape items() const { return {count}; }
        [[nodiscard]] std::size_t staging_bytes(std::size_t capacity) const { return capacity * 3 * sizeof(T); }
        std::size_t read(std::size_t first, std::size_t length, const distproc::staging& s, std::size_t slot) {
            for (std::size_t k = 0; k < length * 3; ++k) {
                reinterpret_cast<T*>(s.data)[slot * 3 + k] = static_cast<T>(first * 3 + k);
            }
            return length * 3 * sizeof(T);
        }
        [[nodiscard]] item at(std::size_t index, const distproc::staging& s, std::size_t slot) const {
            return {reinterpret_cast<const T*>(s.data) + slot * 3, index % 3 + 1};
        }
        [[nodiscard]] std::size_t block_bytes() const { return count << 20U; }
        [[nodiscard]] std::string description() const { return "triples"; }
        [[nodiscard]] std::vector<std::string> files() const { return {"triples.bin"}; }
    };
    [[nodiscard]] opened open() const { return {count}; }
};

} // namespace

TEST_CASE("items of zipped sources are tuples") {
    std::vector<float> weights(10);
    for (std::size_t k = 0; k < weights.size(); ++k) {
        weights[k] = static_cast<float>(k) * 0.5F;
    }
    const std::vector<int> labels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const auto zipped = distproc::zip_source(distproc::range_source(weights, {2, 5}), triples<std::uint8_t>{10}, labels,
                                             triples<double>{10});
    using item = std::remove_cvref_t<decltype(zipped.open())>::item;
    static_assert(
        std::is_same_v<item,
                       std::tuple<const float&, std::span<const std::uint8_t>, const int&, std::span<const double>>>);
    CHECK(zipped.open().items() == distproc::shape{2, 5});
    CHECK(zipped.open().files().size() == 2);
    CHECK(zipped.open().description() ==
          "zip of range of 10 items in memory, triples, range of 10 items in memory, triples");
    CHECK(zipped.open().staging_bytes(4) == 64 + 128);
    std::size_t seen = 0;
    test::drain(zipped, 4, [&](std::size_t k, const item& all) {
        CHECK(&std::get<0>(all) == &weights[k]);
        CHECK(std::get<1>(all).size() == k % 3 + 1);
        CHECK(std::get<1>(all)[0] == 3 * k);
        CHECK(std::get<2>(all) == static_cast<int>(k));
        CHECK(std::get<3>(all)[0] == static_cast<double>(3 * k));
        ++seen;
    });
    CHECK(seen == 10);
}

TEST_CASE("zips of selections, of zips, and of one source") {
    const std::vector<int> values{1, 2, 3, 4};
    const auto inner = distproc::zip_source(distproc::select(values, 1, 3), triples<double>{3});
    const auto outer = distproc::zip_source(inner, std::vector<char>{'a', 'b', 'c'});
    test::drain(outer, 2, [&](std::size_t k, auto item) {
        CHECK(std::get<0>(std::get<0>(item)) == values[k + 1]);
        CHECK(std::get<1>(item) == "abc"[k]);
    });
    test::drain(distproc::zip_source(values), 2,
                [&](std::size_t k, auto item) { CHECK(std::get<0>(item) == values[k]); });
}

TEST_CASE("a source that takes large blocks takes them in zips and selections too") {
    const std::vector<int> labels(10);
    const triples<double> large{10};
    const auto bytes = [](const auto& source) { return distproc::block_bytes_of(source.open()) >> 20U; };
    CHECK(bytes(distproc::range_source(labels)) == 1);
    CHECK(bytes(distproc::zip_source(labels, large)) == 10);
    CHECK(bytes(distproc::zip_source(large, labels)) == 10);
    CHECK(bytes(distproc::select(large, 2, 3)) == 10);
    CHECK(bytes(distproc::zip_source(labels, labels)) == 1);
}

TEST_CASE("zips and selections may be read by many threads at once if all that they are made of may") {
    const std::vector<int> labels(10);
    const triples<double> alone{10}; // says nothing
    const auto at_once = [](const auto& source) { return distproc::reads_concurrently(source.open()); };
    CHECK(at_once(distproc::zip_source(labels, labels)));
    CHECK_FALSE(at_once(alone));
    CHECK_FALSE(at_once(distproc::zip_source(labels, alone)));
    CHECK_FALSE(at_once(distproc::select(alone, 2, 3)));
    CHECK(at_once(distproc::select(distproc::zip_source(labels, labels), 2, 3)));
}

TEST_CASE("different lengths are an error that names both") {
    const std::vector<int> values{1, 2, 3, 4};
    CHECK_THROWS_WITH_AS(
        (void)distproc::zip_source(values, triples<double>{5}).open(),
        "zip_source: 'range of 4 items in memory' has 4 items, but 'triples' has 5; zipped sources need "
        "equal numbers of items (select can cut one)",
        distproc::error);
}
