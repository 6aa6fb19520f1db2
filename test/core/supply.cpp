// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/supply.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using distproc::index_range;
using distproc::local_supply;

TEST_CASE("one worker gets all units in order") {
    local_supply supply(10, 1);
    CHECK(!supply.exhausted());
    CHECK(supply.take(4) == index_range{0, 4});
    CHECK(supply.take(100) == index_range{4, 10});
    CHECK(supply.exhausted());
    CHECK(supply.take(1).empty());
    supply.finish([] {});
    CHECK(!supply.flags().stopping());
}

TEST_CASE("a supply that can, and one that cannot, give multiples") {
    local_supply can(100, 1);
    CHECK(distproc::take_from(can, 30, 8) == index_range{0, 24});
    CHECK(distproc::take_from(can, 0, 0) == index_range{24, 25});
    struct plain {
        local_supply units{100, 1};
        index_range take(std::size_t most) { return units.take(most); }
        [[nodiscard]] bool exhausted() const { return units.exhausted(); }
        distproc::run_flags& flags() { return units.flags(); }
        void finish(void (*)()) {}
    } cannot;
    CHECK(distproc::take_from(cannot, 30, 8) == index_range{0, 30});
    CHECK(distproc::take_from(cannot, 0, 8) == index_range{30, 31});
}

TEST_CASE("a supply of nothing is exhausted at once") {
    local_supply supply(0, 3);
    CHECK(supply.exhausted());
    CHECK(supply.take(5).empty());
}

TEST_CASE("many workers: every unit once") {
    constexpr std::size_t units = 100003;
    constexpr std::size_t workers = 4;
    local_supply supply(units, workers);
    const auto times = std::make_unique<std::atomic<int>[]>(units);
    std::vector<std::thread> threads;
    for (std::size_t w = 0; w < workers; ++w) {
        threads.emplace_back([&, w] {
            for (index_range got = supply.take(w + 1); !got.empty(); got = supply.take(w + 1)) {
                for (std::size_t i = got.first; i < got.last; ++i) {
                    times[i].fetch_add(1, std::memory_order_relaxed);
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(supply.exhausted());
    std::size_t once = 0;
    for (std::size_t i = 0; i < units; ++i) {
        once += times[i].load() == 1 ? 1 : 0;
    }
    CHECK(once == units);
}

TEST_CASE("more granules than a queue counts: handed out in order, without gaps, to the last") {
    for (const std::size_t granules :
         {(std::size_t{1} << 32U) - 1, (std::size_t{1} << 32U) + 5, (std::size_t{1} << 40U) + 3}) {
        CAPTURE(granules);
        local_supply supply(granules, 1);
        std::size_t next = 0;
        bool gapless = true;
        while (!supply.exhausted()) {
            const index_range got = supply.take(granules / 100);
            gapless = gapless && got.first == next && !got.empty();
            next = got.last;
        }
        CHECK(gapless);
        CHECK(next == granules);
    }
}
