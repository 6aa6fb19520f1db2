// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "execute/cross.hpp"
#include <distproc/source/range.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/null.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stop_token>
#include <string>
#include <vector>

namespace test {

inline std::vector<int> first_numbers(std::size_t count) {
    std::vector<int> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 1);
    return numbers;
}

/// What went wrong in a run; empty where nothing did.
template <class Call>
std::string message_of(Call&& call) {
    try {
        call();
    } catch (const distproc::execution_error& e) {
        return e.message();
    }
    return {};
}

/// No item, one, and fewer than ranks.
template <class Executor>
void few_items(const Executor& on) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{2}, on.make_team().size() - 1}) {
        CAPTURE(count);
        const auto numbers = first_numbers(count);
        std::vector<int> results(3, -1);
        const auto report = execute(
            numbers, [](int x) { return 2 * x; }, on, distproc::memory_writer{results}, quiet());
        CHECK(report.items == count);
        CHECK(report.exit_code() == 0);
        if (on.make_team().rank() == 0) {
            REQUIRE(results.size() == count);
            for (std::size_t i = 0; i < count; ++i) {
                CHECK(results[i] == 2 * numbers[i]);
            }
        }
    }
}

template <class Executor>
void wrong_options(const Executor& on) {
    auto how = quiet();
    std::vector<int> results;
    for (const double seconds : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        how.block_seconds = seconds;
        CHECK_THROWS_WITH_AS(execute(
                                 first_numbers(5), [](int x) { return x; }, on, distproc::memory_writer{results}, how),
                             doctest::Contains("give the seconds that a block should take, above 0"),
                             distproc::execution_error);
    }
}

template <class Executor>
void repeated(const Executor& on) {
    const bool root = on.make_team().rank() == 0;
    for (int time = 1; time <= 50; ++time) {
        const auto numbers = first_numbers(static_cast<std::size_t>(time) * 7);
        std::vector<int> results;
        (void)execute(
            numbers, [time](int x) { return x * time; }, on, distproc::memory_writer{results}, quiet());
        if (root) {
            REQUIRE(std::accumulate(results.begin(), results.end(), 0) ==
                    time * std::accumulate(numbers.begin(), numbers.end(), 0));
        }
    }
}

[[gnu::noinline]] inline double third(int x) { return x / 3.0; }

/// The rounding mode of the caller is in force in every worker, and in the caller afterwards.
template <class Executor>
void rounding(const Executor& on) {
    const auto numbers = first_numbers(1000);
    for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TONEAREST}) {
        std::vector<double> expected, results;
        std::fesetround(mode);
        for (const int x : numbers) {
            expected.push_back(third(x));
        }
        std::atomic<int> others = 0;
        (void)execute(
            numbers,
            [&](int x) {
                others += std::fegetround() == mode ? 0 : 1;
                return third(x);
            },
            on, distproc::memory_writer{results, distproc::results_on::every_rank}, quiet());
        CHECK(std::fegetround() == mode);
        std::fesetround(FE_TONEAREST);
        CHECK(others == 0);
        CHECK(results == expected);
    }
}

/// A stop that is asked for by the rank that meets an item: what is computed before is there, the rest is left.
template <class Executor>
void stopping(const Executor& on) {
    const auto ranks = on.make_team();
    const auto numbers = first_numbers(20000);
    for (const int at : {1, 777, 20000}) {
        CAPTURE(at);
        std::stop_source stop;
        distproc::options how = quiet();
        how.block_seconds = 20e-6;
        how.stop = stop.get_token();
        std::vector<int> results(numbers.size(), 0);
        std::vector<std::atomic<char>> computed(numbers.size() + 1);
        const auto report = execute(
            numbers,
            [&](int x) {
                if (x == at) {
                    stop.request_stop();
                }
                computed[static_cast<std::size_t>(x)] = 1;
                return -x;
            },
            on, distproc::memory_writer{results, distproc::results_on::every_rank}, how);
        CHECK(report.stopped == (report.items < numbers.size()));
        CHECK(report.exit_code() == (report.stopped ? 75 : 0));
        CHECK(report.items_total == numbers.size());
        std::size_t here = 0;
        for (std::size_t x = 1; x <= numbers.size(); ++x) {
            if (computed[x] != 0) {
                ++here;
                REQUIRE(results[x - 1] == -static_cast<int>(x));
            }
        }
        std::size_t all = 0;
        for (const std::string& text : ranks.all_gather(std::to_string(here))) {
            all += std::stoul(text);
        }
        CHECK(report.items == all);
    }
    std::stop_source stopped;
    stopped.request_stop();
    distproc::options how = quiet();
    how.stop = stopped.get_token();
    const auto report = execute(
        numbers, [](int x) { return x; }, on, distproc::null_writer{}, how);
    CHECK(report.stopped);
    CHECK(report.items == 0);
}

} // namespace test
