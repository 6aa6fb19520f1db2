// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/cores.hpp>
#include <distproc/executor/tbb.hpp>

#include <doctest/doctest.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <atomic>
#include <barrier>
#include <cfenv>
#include <cstddef>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using distproc::tbb_executor;

TEST_CASE("as wide as the cores that may be used, or as told") {
    CHECK(tbb_executor{}.width(distproc::solo_team{}) == distproc::usable_cores());
    CHECK(tbb_executor{.threads = 5}.width(distproc::solo_team{}) == 5);
}

TEST_CASE("all workers are at work at once, also where they outnumber the cores; the caller is one of them") {
    const std::size_t allowed = tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
    for (const std::size_t width : {1UL, 2UL, 3UL, 8UL, 17UL}) {
        for (int round = 0; round < 10; ++round) {
            std::barrier all(static_cast<std::ptrdiff_t>(width));
            std::mutex mutex;
            std::set<std::thread::id> threads;
            std::vector<int> calls(width, 0);
            tbb_executor::run(width, [&](std::size_t w) noexcept {
                all.arrive_and_wait(); // returns only if all are there
                const std::scoped_lock lock(mutex);
                threads.insert(std::this_thread::get_id());
                ++calls[w];
            });
            CHECK(threads.size() == width);
            CHECK(threads.count(std::this_thread::get_id()) == 1);
            CHECK(calls == std::vector<int>(width, 1));
        }
    }
    CHECK(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism) == allowed);
}

TEST_CASE("TBB inside a compute never begins another worker on the same stack") {
    static thread_local int depth = 0;
    std::atomic<int> deepest{0};
    std::atomic<long> sum{0};
    for (int round = 0; round < 20; ++round) {
        tbb_executor::run(4, [&](std::size_t) noexcept {
            ++depth;
            int seen = deepest;
            while (seen < depth && !deepest.compare_exchange_weak(seen, depth)) {
            }
            for (int i = 0; i < 20; ++i) {
                tbb::parallel_for(0, 100, [&](int k) { sum += k; });
            }
            --depth;
        });
    }
    CHECK(deepest == 1);
    CHECK(sum == 20L * 4 * 20 * 4950);
}

TEST_CASE("workers have the caller's rounding mode") {
    const int before = std::fegetround();
    for (const int mode : {FE_UPWARD, FE_TOWARDZERO, FE_TONEAREST}) {
        std::fesetround(mode);
        std::barrier all(4);
        std::atomic<int> same{0};
        tbb_executor::run(4, [&](std::size_t) noexcept {
            all.arrive_and_wait();
            same += std::fegetround() == mode ? 1 : 0;
        });
        CHECK(same == 4);
    }
    std::fesetround(before);
}

TEST_CASE("a limit of the program's own holds") {
    const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    std::atomic<int> calls{0};
    tbb_executor::run(4, [&](std::size_t) noexcept {
        const int now = ++at_once;
        int seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
        ++calls;
        --at_once;
    });
    CHECK(calls == 4);
    CHECK(most == 1);
}
