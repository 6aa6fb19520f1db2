// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Several threads of one program call execute at once, each for itself.
#include "execute/cross.hpp"
#include <distproc/source/range.hpp>
#include <distproc/writer/memory.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <cstddef>
#include <functional>
#include <numeric>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace test {

inline constexpr int callers = 4;

/// Calls `run(caller, time)` in a few threads at once, some times; each says whether all was right.
template <class Run>
void at_once(int times, Run&& run) {
    std::barrier<> together(callers);
    std::atomic<int> wrong = 0;
    {
        std::vector<std::jthread> threads;
        for (int caller = 0; caller < callers; ++caller) {
            threads.emplace_back([&, caller] {
                for (int time = 0; time < times; ++time) {
                    together.arrive_and_wait();
                    try {
                        wrong += run(caller, time) ? 0 : 1;
                    } catch (...) {
                        ++wrong;
                    }
                }
            });
        }
    }
    CHECK(wrong == 0);
}

template <class Executor>
void concurrent(const Executor& on) {
    at_once(20, [&](int caller, int time) {
        std::vector<int> numbers(static_cast<std::size_t>(caller * 500 + time + 1));
        std::iota(numbers.begin(), numbers.end(), caller);
        std::vector<long> results;
        const auto report = execute(
            numbers, [&](int x) { return static_cast<long>(x) * (caller + 1); }, on, distproc::memory_writer{results},
            quiet());
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            if (results[i] != static_cast<long>(numbers[i]) * (caller + 1)) {
                return false;
            }
        }
        return report.items == numbers.size();
    });
}

/// One of the callers fails, another is stopped: the others notice nothing.
template <class Executor>
void concurrent_failures(const Executor& on) {
    at_once(10, [&](int caller, int) {
        const std::vector<int> numbers(1000, 1);
        std::vector<int> results;
        std::stop_source stop;
        distproc::options how = quiet();
        how.block_seconds = 20e-6;
        how.stop = stop.get_token();
        const auto compute = [&](int x, distproc::context& here) {
            if (caller == 1 && here.item() == 500) {
                throw distproc::error("caller 1 fails");
            }
            if (caller == 2 && here.item() == 0) {
                stop.request_stop();
            }
            return x;
        };
        try {
            const auto report = execute(numbers, compute, on, distproc::memory_writer{results}, how);
            return caller != 1 && (caller == 2 || !report.stopped);
        } catch (const distproc::execution_error& e) {
            return caller == 1 && e.item() == 500 && e.others() == 0;
        }
    });
}

/// An execute inside the compute of another.
template <class Executor>
void nested(const Executor& on) {
    std::vector<int> outer(20);
    std::iota(outer.begin(), outer.end(), 0);
    std::vector<int> sums;
    (void)execute(
        outer,
        [&](int x) {
            std::vector<int> inner(100, x), doubled;
            (void)execute(
                inner, [](int y) { return 2 * y; }, on, distproc::memory_writer{doubled}, quiet());
            return std::accumulate(doubled.begin(), doubled.end(), 0);
        },
        on, distproc::memory_writer{sums}, quiet());
    for (std::size_t i = 0; i < sums.size(); ++i) {
        CHECK(sums[i] == 200 * static_cast<int>(i));
    }
}

} // namespace test
