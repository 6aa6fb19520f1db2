// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/execute.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/flow/open_grant.hpp>
#include <distproc/writer/concepts.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using distproc::index_range;

namespace {

using runs = std::vector<std::vector<std::size_t>>;

/// What takers of `wanted` items get of some grants, as pairs of first and last.
runs taken(std::vector<std::vector<index_range>> grants, std::size_t wanted, std::size_t cell) {
    std::reverse(grants.begin(), grants.end());
    distproc::detail::open_grant grant;
    runs all;
    const auto refill = [&](std::vector<index_range>& into) {
        if (!grants.empty()) {
            into = grants.back();
            grants.pop_back();
        }
    };
    for (bool any = true; any;) {
        std::vector<std::size_t> one;
        any = grant.take(wanted, cell, refill, [&](index_range run) {
            one.push_back(run.first);
            one.push_back(run.last);
        });
        if (any) {
            all.push_back(one);
        }
    }
    return all;
}

/// Keeps what it is given; its granule is everything.
struct one_granule_writer {
    static constexpr std::string_view name = "one granule";
    std::vector<index_range>* writes;
    std::size_t* domains;

    [[nodiscard]] distproc::shape grain(const distproc::result_layout&, const distproc::shape& items,
                                        std::size_t all) const {
        *domains = all;
        return items;
    }

    template <class Result>
    struct session {
        static constexpr bool concurrent = false;
        static constexpr bool takes_pieces = true;
        std::vector<index_range>* writes;

        static distproc::index_set done() { return {}; }
        void write(std::size_t first, std::span<const Result> results) {
            writes->push_back({first, first + results.size()});
        }
        static void finish() {}
        static void close(distproc::outcome) {}
        static distproc::traffic moved() { return {}; }
        static std::string description() { return "kept"; }
    };
    template <class Result, class Team>
    [[nodiscard]] session<Result> open(const distproc::plan&, const Team&) const {
        return {writes};
    }
};

} // namespace

TEST_CASE("grants are handed out in pieces of whole cells") {
    CHECK(taken({}, 5, 1).empty());
    CHECK(taken({{{0, 10}}}, 4, 1) == runs{{0, 4}, {4, 8}, {8, 10}});
    CHECK(taken({{{0, 3}, {10, 13}}, {{20, 21}}}, 4, 1) == runs{{0, 3, 10, 11}, {11, 13}, {20, 21}});
    CHECK(taken({{{0, 12}, {24, 36}}}, 7, 4) == runs{{0, 4}, {4, 8}, {8, 12}, {24, 28}, {28, 32}, {32, 36}});
    CHECK(taken({{{0, 12}, {24, 29}}}, 8, 4) == runs{{0, 8}, {8, 12, 24, 28}, {28, 29}});
    CHECK(taken({{{0, 5}}}, 0, 1) == runs{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}});
    CHECK(taken({{{0, 5}}}, 100, 8) == runs{{0, 5}});
}

TEST_CASE("a granule that is larger than a block, and than the memory for blocks") {
    std::vector<index_range> writes;
    std::size_t domains = 0;
    const std::vector<int> numbers(20000, 3);
    distproc::options how;
    how.show = distproc::progress::off;
    how.memory_bytes = 16384;
    const auto report = execute(
        numbers, [](int x) { return static_cast<double>(x); }, distproc::serial_executor{},
        one_granule_writer{&writes, &domains}, how);
    CHECK(report.items == 20000);
    CHECK(domains == 1);
    REQUIRE(writes.size() > 9);
    std::size_t next = 0;
    for (const index_range one : writes) {
        CHECK(one.first == next);
        CHECK(one.size() * sizeof(double) <= 16384);
        next = one.last;
    }
    CHECK(next == 20000);
}
