// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/work_queue.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using distproc::index_range;
using distproc::work_queue;

TEST_CASE("one worker takes from the front, as much as it asks for") {
    work_queue queue;
    CHECK(queue.remaining() == 0);
    CHECK(queue.take(4, 1).empty());
    CHECK(queue.steal_half().empty());
    queue.refill({10, 20});
    CHECK(queue.take(4, 1) == index_range{10, 14});
    CHECK(queue.take(0, 1) == index_range{14, 15});
    CHECK(queue.remaining() == 5);
    CHECK(queue.take(100, 1) == index_range{15, 20});
    CHECK(queue.take(1, 1).empty());
}

TEST_CASE("shares shrink towards the end, and nothing is left behind") {
    work_queue queue;
    queue.refill({0, 1000});
    std::size_t next = 0;
    std::size_t before = 1000;
    while (true) {
        const std::size_t left = queue.remaining();
        const index_range got = queue.take(1000, 4);
        if (got.empty()) {
            break;
        }
        CHECK(got.first == next);
        CHECK(got.size() <= before);
        CHECK(4 * got.size() <= std::max<std::size_t>(left, 4));
        before = got.size();
        next = got.last;
    }
    CHECK(next == 1000);
    CHECK(before == 1);
}

TEST_CASE("what is taken ends at a multiple where that is not too far") {
    work_queue queue;
    queue.refill({5, 100});
    CHECK(queue.take(20, 1, 8) == index_range{5, 24});
    CHECK(queue.take(20, 1, 8) == index_range{24, 40});
    CHECK(queue.take(7, 1, 8) == index_range{40, 47}); // too few for a multiple
    CHECK(queue.take(1, 1, 8) == index_range{47, 48});
    CHECK(queue.take(50, 1, 8) == index_range{48, 96});
    CHECK(queue.take(50, 1, 8) == index_range{96, 100}); // the last ones are not left behind
    CHECK(queue.take(50, 1, 8).empty());
}

TEST_CASE("a thief takes the rear half, and the last unit too") {
    work_queue queue;
    queue.refill({0, 7});
    CHECK(queue.steal_half() == index_range{3, 7});
    CHECK(queue.steal_half() == index_range{1, 3});
    CHECK(queue.steal_half() == index_range{0, 1});
    CHECK(queue.steal_half().empty());
}

TEST_CASE("the largest range fits") {
    work_queue queue;
    queue.refill({0, work_queue::max_units});
    CHECK(queue.remaining() == work_queue::max_units);
    CHECK(queue.steal_half() == index_range{work_queue::max_units / 2, work_queue::max_units});
    CHECK(queue.take(work_queue::max_units, 1) == index_range{0, work_queue::max_units / 2});
}

TEST_CASE("units for granules of any number") {
    CHECK(distproc::granules_per_unit(0) == 1);
    CHECK(distproc::granules_per_unit(work_queue::max_units - 1) == 1);
    for (const std::size_t granules :
         {std::size_t{work_queue::max_units}, std::size_t{1} << 32U, std::size_t{1} << 45U, ~std::size_t{0} - 7}) {
        const std::size_t step = distproc::granules_per_unit(granules);
        CHECK((granules - 1) / step + 1 <= work_queue::max_units);
    }
}

// Four queues, each with an owner that works on it and steals from the next ones when its own is empty: every unit must
// be handed out exactly once, also while queues are refilled with stolen units.
TEST_CASE("owners and thieves at once: every unit is handed out once") {
    constexpr std::size_t owners = 4;
    constexpr std::size_t units = 40000;
    for (int round = 0; round < 5; ++round) {
        std::vector<work_queue> queues(owners);
        const auto times = std::make_unique<std::atomic<int>[]>(units);
        std::atomic<std::size_t> handed_out{0};
        queues[0].refill({0, units});
        const auto count = [&](index_range got) {
            for (std::size_t i = got.first; i < got.last; ++i) {
                times[i].fetch_add(1, std::memory_order_relaxed);
            }
            handed_out.fetch_add(got.size());
        };
        std::vector<std::thread> threads;
        for (std::size_t me = 0; me < owners; ++me) {
            threads.emplace_back([&, me] {
                for (std::size_t turn = 0; handed_out.load() < units; ++turn) {
                    if (const index_range got = queues[me].take(1 + turn % 7, owners); !got.empty()) {
                        count(got);
                    } else if (const index_range stolen = queues[(me + 1 + turn % (owners - 1)) % owners].steal_half();
                               !stolen.empty()) {
                        queues[me].refill(stolen);
                    } else {
                        std::this_thread::yield();
                    }
                }
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        CHECK(handed_out.load() == units);
        std::size_t once = 0;
        for (std::size_t i = 0; i < units; ++i) {
            once += times[i].load() == 1 ? 1 : 0;
        }
        CHECK(once == units);
    }
}
