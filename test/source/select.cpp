// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "source/drain.hpp"
#include <distproc/core/error.hpp>
#include <distproc/source/select.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

/// Notes how it is read; an item is a copy made by `read`.
struct noting_source {
    static inline std::vector<std::pair<std::size_t, std::size_t>> reads;
    std::size_t count = 100;

    struct opened {
        using item = const int&;
        std::size_t count;
        [[nodiscard]] distproc::shape items() const { return {count}; }
        [[nodiscard]] std::size_t staging_bytes(std::size_t capacity) const { return capacity * sizeof(int); }
        std::size_t read(std::size_t first, std::size_t length, const distproc::staging& s, std::size_t slot) {
            reads.emplace_back(first, length);
            std::iota(reinterpret_cast<int*>(s.data) + slot, reinterpret_cast<int*>(s.data) + slot + length,
                      static_cast<int>(first));
            return length;
        }
        [[nodiscard]] item at(std::size_t, const distproc::staging& s, std::size_t slot) const {
            return reinterpret_cast<const int*>(s.data)[slot];
        }
        [[nodiscard]] std::string description() const { return "notes"; }
        [[nodiscard]] std::vector<std::string> files() const { return {"notes.txt"}; }
    };
    [[nodiscard]] opened open() const { return {count}; }
};

} // namespace

TEST_CASE("a sub-range of a source") {
    const auto part = distproc::select(noting_source{}, 90, 10);
    CHECK(part.open().items() == distproc::shape{10});
    CHECK(part.open().description() == "notes (10 of 100 items)");
    CHECK(part.open().files() == std::vector<std::string>{"notes.txt"});
    std::size_t seen = 0;
    test::drain(part, 4, [&](std::size_t k, int item) {
        CHECK(item == static_cast<int>(90 + k));
        ++seen;
    });
    CHECK(seen == 10);
    test::drain(distproc::select(noting_source{}, 100, 0), 4, [](std::size_t, int) { FAIL("no item was selected"); });
}

TEST_CASE("a list keeps its order, and neighbours are read together") {
    const std::vector<std::size_t> list{5, 6, 7, 3, 3, 4, 99, 0};
    const auto part = distproc::select(noting_source{}, list);
    test::drain(part, 3, [&](std::size_t k, int item) { CHECK(item == static_cast<int>(list[k])); });

    noting_source::reads.clear();
    std::vector<int> memory(list.size());
    part.open().read(0, list.size(), {reinterpret_cast<std::byte*>(memory.data()), list.size()}, 0);
    using runs = std::vector<std::pair<std::size_t, std::size_t>>;
    CHECK(noting_source::reads == runs{{5, 3}, {3, 1}, {3, 2}, {99, 1}, {0, 1}});
}

TEST_CASE("random lists, of ranges too") {
    const unsigned seed = 20240607;
    CAPTURE(seed);
    std::minstd_rand random(seed);
    std::vector<int> values(1000);
    std::iota(values.begin(), values.end(), 7);
    for (int round = 0; round < 20; ++round) {
        std::vector<std::size_t> list;
        while (list.size() < 300) {
            const std::size_t first = random() % values.size();
            for (std::size_t k = first; k < std::min<std::size_t>(values.size(), first + random() % 5); ++k) {
                list.push_back(k);
            }
        }
        std::size_t wrong = 0;
        test::drain(distproc::select(values, list), 17,
                    [&](std::size_t k, const int& item) { wrong += &item == &values[list[k]] ? 0 : 1; });
        test::drain(distproc::select(distproc::select(noting_source{1000}, list), 100, 150), 17,
                    [&](std::size_t k, int item) { wrong += item == static_cast<int>(list[100 + k]) ? 0 : 1; });
        CHECK(wrong == 0);
    }
}

TEST_CASE("items that do not exist are named") {
    CHECK_THROWS_WITH_AS(
        (void)distproc::select(noting_source{}, std::vector<std::size_t>{4, 100}).open(),
        "select: item 100 does not exist, 'notes' has 100 items, numbered 0 to 99; select items that are "
        "there",
        distproc::error);
    CHECK_THROWS_WITH_AS(
        (void)distproc::select(noting_source{}, 95, 6).open(),
        "select: item 100 does not exist, 'notes' has 100 items, numbered 0 to 99; select items that are "
        "there",
        distproc::error);
    CHECK_THROWS_WITH_AS((void)distproc::select(noting_source{0}, static_cast<std::size_t>(-2), 5).open(),
                         "select: item 18446744073709551614 does not exist, 'notes' has 0 items; select items that are "
                         "there",
                         distproc::error);
}
