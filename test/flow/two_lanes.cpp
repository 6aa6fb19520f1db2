// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A source that may be read while results are written, and one that may not.
#include "flow/staged_numbers.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t items = 5000;
constexpr std::size_t never = items + 1;

struct watched {
    static constexpr bool many_read = false;
    bool meet = false; ///< the second read and the first write wait for each other
    std::size_t fail_read = never;
    std::size_t fail_write = never;
    std::atomic<int> reads_begun{0}, reads_ended{0}, at_once{0};
    std::atomic<bool> writing{false}, both{false}, late{false};
    std::vector<double> results = std::vector<double>(items, 0.0);

    template <class Condition>
    void wait_for(Condition&& condition) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > until) {
                late = true;
                return;
            }
            std::this_thread::yield();
        }
    }
    template <class Bring>
    void read(std::size_t first, std::size_t count, Bring&& bring) {
        enter();
        if (++reads_begun == 2 && meet) {
            wait_for([&] { return writing.load(); });
        }
        bring();
        leave();
        ++reads_ended;
        if (first <= fail_read && fail_read < first + count) {
            throw std::runtime_error("cannot be read");
        }
    }
    void write(std::size_t first, std::span<const double> some) {
        enter();
        if (!writing.exchange(true) && meet) {
            wait_for([&] { return reads_ended >= 2; });
        }
        for (std::size_t k = 0; k < some.size(); ++k) {
            results[first + k] += some[k];
        }
        leave();
        if (first <= fail_write && fail_write < first + some.size()) {
            throw std::runtime_error("cannot be written");
        }
    }
    void enter() { both = ++at_once > 1 || both; }
    void leave() { --at_once; }
};

template <bool Beside>
std::string run(watched& what) {
    return test::add_one<Beside>(what, items, 2, 1 << 18);
}

} // namespace

TEST_CASE("a source that allows it is read while results are written") {
    watched what;
    what.meet = true;
    CHECK(run<true>(what) == "");
    CHECK_FALSE(what.late);
    CHECK(what.both);
}

TEST_CASE("any other source is not") {
    watched what;
    CHECK(run<false>(what) == "");
    CHECK_FALSE(what.both);
}

TEST_CASE("an error in either lane ends the run") {
    for (const std::size_t item : {std::size_t{0}, std::size_t{1234}, items - 1}) {
        CAPTURE(item);
        watched reads;
        reads.fail_read = item;
        CHECK(run<true>(reads).find("cannot be read") != std::string::npos);
        watched writes;
        writes.fail_write = item;
        CHECK(run<true>(writes).find("cannot be written") != std::string::npos);
    }
}
