// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Results that cost less to compute than to write: workers write them themselves, unless writing waits.
#include "flow/hooks.hpp"
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

constexpr std::size_t paced_items = 5000;

struct paced {
    static constexpr bool many_read = false;
    bool waits = false;   ///< writing does, as on a slow disk; else it keeps its core busy
    bool starves = false; ///< each read waits until all that was read before is computed
    std::size_t fail_write = paced_items + 1;
    std::atomic<int> at_once{0}, by_workers{0}, by_lane{0};
    std::atomic<bool> both{false}, late{false};
    std::atomic<std::size_t> brought{0}, computed{0};
    std::vector<double> results = std::vector<double>(paced_items, 0.0);

    template <class Bring>
    void read(std::size_t, std::size_t count, Bring&& bring) {
        enter();
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (starves && !late && computed < brought) {
            late = std::chrono::steady_clock::now() > until;
            std::this_thread::yield();
        }
        bring();
        brought += count;
        --at_once;
    }
    void enter() { both = ++at_once > 1 || both; }
    void write(std::size_t first, std::span<const double> some) {
        enter();
        ++(test::is_worker ? by_workers : by_lane);
        if (waits) {
            std::this_thread::sleep_for(std::chrono::microseconds(200)); // the disk's own time
        } else {
            const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
            while (std::chrono::steady_clock::now() < end) {
            }
        }
        for (std::size_t k = 0; k < some.size(); ++k) {
            results[first + k] += some[k];
        }
        --at_once;
        if (first <= fail_write && fail_write < first + some.size()) {
            throw std::runtime_error("cannot be written");
        }
    }
};

std::string run_paced(paced& what, std::size_t workers, double compute_seconds = 0) {
    return test::add_one<false>(what, paced_items, workers, workers << 17U, compute_seconds);
}

} // namespace

TEST_CASE("workers write results that cost little to compute, and nobody reads or writes meanwhile") {
    for (const std::size_t workers : {std::size_t{1}, std::size_t{3}}) {
        paced what;
        CHECK(run_paced(what, workers) == "");
        CHECK_FALSE(what.both);
        CHECK(what.by_workers > 0);
        MESSAGE(workers << " workers wrote " << what.by_workers.load() << " blocks, the lane " << what.by_lane.load());
    }
}

TEST_CASE("the lane writes where computing takes its share of the time, or where writing waits") {
    paced costly;
    CHECK(run_paced(costly, 1, 1e-4) == ""); // blocks of some items take longer than writing them
    CHECK_FALSE(costly.both);
    CHECK(costly.by_lane > costly.by_workers);
    paced slow;
    slow.waits = true;
    CHECK(run_paced(slow, 1) == "");
    CHECK_FALSE(slow.both);
    CHECK(slow.by_lane > slow.by_workers);
}

TEST_CASE("a worker that would write computes instead while a slow source is read") {
    for (const std::size_t workers : {std::size_t{1}, std::size_t{3}}) {
        paced what;
        what.starves = true;
        CHECK(run_paced(what, workers) == "");
        CHECK_FALSE(what.both);
        CHECK_FALSE(what.late);
    }
}

TEST_CASE("an error of a worker that writes ends the run") {
    for (const std::size_t item : {std::size_t{0}, std::size_t{1234}, paced_items - 1}) {
        CAPTURE(item);
        paced what;
        what.fail_write = item;
        CHECK(run_paced(what, 2).find("cannot be written") != std::string::npos);
        CHECK_FALSE(what.both);
    }
}
