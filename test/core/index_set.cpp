// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/index_set.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <set>
#include <vector>

using distproc::index_range;
using distproc::index_set;

namespace {

/// Sorted, disjoint, not touching, not empty; members numbered as in the std::set.
void check_same(const index_set& got, const std::set<std::size_t>& wanted) {
    REQUIRE(got.size() == wanted.size());
    REQUIRE(got.empty() == wanted.empty());
    std::vector<std::size_t> members;
    std::size_t behind = 0;
    bool sound = true;
    for (const index_range& r : got.ranges()) {
        sound = sound && r.first < r.last && (members.empty() || r.first > behind);
        behind = r.last;
        for (std::size_t i = r.first; i < r.last; ++i) {
            members.push_back(i);
        }
    }
    REQUIRE(sound);
    REQUIRE(members == std::vector<std::size_t>(wanted.begin(), wanted.end()));
}

std::vector<std::size_t> members_at(const index_set& set, index_range places) {
    std::vector<std::size_t> members;
    set.for_each_range(places, [&](index_range r) {
        CHECK(!r.empty());
        for (std::size_t i = r.first; i < r.last; ++i) {
            members.push_back(i);
        }
    });
    return members;
}

} // namespace

TEST_CASE("touching and overlapping ranges become one") {
    index_set set;
    CHECK(set.empty());
    set.insert({4, 6});
    set.insert({0, 2});
    set.insert({8, 8});
    CHECK(set.ranges() == std::vector<index_range>{{0, 2}, {4, 6}});
    set.insert({2, 4});
    CHECK(set.ranges() == std::vector<index_range>{{0, 6}});
    set.insert({1, 9});
    CHECK(set == index_set(9));
    CHECK(set.size() == 9);
    CHECK(set.contains(8));
    CHECK(!set.contains(9));
}

TEST_CASE("the complement of nothing is everything, and the other way round") {
    CHECK(index_set().complement(7) == index_set(7));
    CHECK(index_set(7).complement(7).empty());
    CHECK(index_set(9).complement(7).empty());
    CHECK(index_set().complement(0).empty());
    index_set far;
    far.insert({20, 30});
    CHECK(far.complement(7) == index_set(7));
    CHECK(far.complement(25) == index_set(20));
}

TEST_CASE("indices up to the largest one") {
    constexpr std::size_t top = ~std::size_t{0};
    index_set set;
    set.insert({top - 3, top});
    set.insert({0, 1});
    CHECK(set.size() == 4);
    CHECK(set.contains(top - 1));
    CHECK(set.complement(top).size() == top - 4);
    CHECK(members_at(set, {1, 4}) == std::vector<std::size_t>{top - 3, top - 2, top - 1});
}

TEST_CASE("random insertions against std::set") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 200; ++round) {
        const std::size_t count = 1 + random() % 120;
        const std::size_t longest = 1 + random() % 12;
        index_set set;
        std::set<std::size_t> wanted;
        for (std::size_t k = random() % 60; k > 0; --k) {
            const std::size_t first = random() % count;
            const std::size_t last = first + random() % longest;
            set.insert({first, last});
            for (std::size_t i = first; i < last; ++i) {
                wanted.insert(i);
            }
            check_same(set, wanted);
        }
        const std::size_t end = random() % 140;
        std::set<std::size_t> rest;
        for (std::size_t i = 0; i < end; ++i) {
            if (wanted.count(i) == 0) {
                rest.insert(i);
            }
        }
        check_same(set.complement(end), rest);
        for (std::size_t i = 0; i < 140; ++i) {
            REQUIRE(set.contains(i) == (wanted.count(i) != 0));
        }
        const std::vector<std::size_t> all(wanted.begin(), wanted.end());
        const std::size_t from = random() % (all.size() + 1);
        const std::size_t to = from + random() % (all.size() - from + 1);
        REQUIRE(members_at(set, {from, to}) == std::vector<std::size_t>(all.begin() + static_cast<std::ptrdiff_t>(from),
                                                                        all.begin() + static_cast<std::ptrdiff_t>(to)));
    }
}
