// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Workers that would wait for the lane read for themselves, where the source lets them.
#include "flow/hooks.hpp"
#include "flow/staged_numbers.hpp"
#include <distproc/execute.hpp>

#include <doctest/doctest.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

namespace {

constexpr std::size_t readings = 3000;

struct shared_reads {
    bool many_read = true;
    int meet = 0;     ///< so many reads wait for one another
    int held_for = 0; ///< the first read waits until so many have begun
    double block_seconds = 0.1;
    std::chrono::microseconds takes{0}; ///< each read waits so long
    std::size_t fails_at = readings;
    std::size_t throws_at = readings; ///< the compute
    std::size_t stops_at = readings;
    std::stop_source stop;
    std::atomic<int> begun{0}, at_once{0}, most_at_once{0};
    std::atomic<int> ahead{0}; ///< reads of the lane
    std::atomic<bool> late{false};

    template <class Bring>
    void read(std::size_t first, std::size_t count, Bring&& bring) {
        ahead += test::is_worker ? 0 : 1;
        if (takes.count() != 0) {
            std::this_thread::sleep_for(takes);
        }
        const int now = ++at_once;
        for (int most = most_at_once; most < now && !most_at_once.compare_exchange_weak(most, now);) {
        }
        const int mine = ++begun;
        const int awaited = mine == 1 && held_for != 0 ? held_for : mine <= meet ? meet : 0;
        if (awaited != 0) {
            const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
            while (begun < awaited) {
                if (std::chrono::steady_clock::now() > until) {
                    late = true;
                    break;
                }
                std::this_thread::yield();
            }
        }
        bring();
        --at_once;
        if (first <= fails_at && fails_at < first + count) {
            throw std::runtime_error("cannot be read");
        }
    }
};

using numbers = test::staged_numbers<shared_reads, true>;

/// With results written by the lane, or by the workers.
template <bool Overlaps, bool Concurrent>
std::string run(shared_reads& what) {
    test::hooks hooks;
    distproc::options how;
    how.show = distproc::progress::off;
    how.memory_bytes = std::size_t{1} << 20U;
    how.block_seconds = what.block_seconds;
    how.stop = what.stop.get_token();
    try {
        const auto report = distproc::execute(
            numbers{&what, readings},
            [&](double x) {
                if (x == static_cast<double>(what.throws_at)) {
                    throw std::runtime_error("cannot be computed");
                }
                if (x == static_cast<double>(what.stops_at)) {
                    what.stop.request_stop();
                }
                return 2 * x;
            },
            test::hooked_executor<Overlaps>{&hooks}, test::hooked_writer<Concurrent>{&hooks}, how);
        if (report.stopped) {
            return "stopped";
        }
        CHECK(report.items == readings);
        CHECK(report.bytes_read == readings * numbers::bytes);
        CHECK(hooks.written == readings);
        for (std::size_t k = 0; k < readings; ++k) {
            REQUIRE(hooks.memory[k] == 2 * static_cast<double>(k));
        }
        return "";
    } catch (const distproc::execution_error& e) {
        return e.what();
    }
}

/// Lets this thread, and those that it makes, use no more than two cores.
class two_cores_at_most {
public:
    two_cores_at_most() {
        REQUIRE(::sched_getaffinity(0, sizeof before_, &before_) == 0);
        cpu_set_t two;
        CPU_ZERO(&two);
        for (std::size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&two) < 2; ++core) {
            if (CPU_ISSET(core, &before_)) {
                CPU_SET(core, &two);
            }
        }
        REQUIRE(::sched_setaffinity(0, sizeof two, &two) == 0);
    }
    two_cores_at_most(const two_cores_at_most&) = delete;
    two_cores_at_most& operator=(const two_cores_at_most&) = delete;
    ~two_cores_at_most() { ::sched_setaffinity(0, sizeof before_, &before_); }

private:
    cpu_set_t before_{};
};

} // namespace

TEST_CASE("two workers and the lane read at once") {
    shared_reads what;
    what.meet = 3; // fewer readers would wait for the third for ever
    SUBCASE("the lane writes too") { CHECK(run<true, false>(what) == ""); }
    SUBCASE("workers write") { CHECK(run<true, true>(what) == ""); }
    CHECK_FALSE(what.late);
    CHECK(what.most_at_once == 3);
}

TEST_CASE("workers need nothing of a lane that is long in reading") {
    for (int k = 0; k < 10; ++k) { // the first to read is the lane, most times
        shared_reads what;
        what.block_seconds = 1e-12; // an item in each block
        what.held_for = 1000;       // far more than blocks are in flight
        CHECK(run<true, true>(what) == "");
        CHECK_FALSE(what.late);
    }
}

TEST_CASE("where workers keep all cores busy the lane reads what has to be waited for, and rests else") {
    const two_cores_at_most pinned; // as there are workers
    shared_reads what;
    what.block_seconds = 1e-12; // an item in each block
    SUBCASE("bytes in memory") {
        CHECK(run<true, true>(what) == "");
        CHECK(what.ahead < static_cast<int>(readings / 10));
    }
    SUBCASE("a slow device") {
        what.takes = std::chrono::microseconds(100);
        CHECK(run<true, true>(what) == "");
        CHECK(what.ahead > static_cast<int>(readings / 10));
    }
    SUBCASE("a read that fails") {
        what.fails_at = readings / 2;
        CHECK(run<true, true>(what).find("cannot be read") != std::string::npos);
    }
    SUBCASE("an item that fails") {
        what.throws_at = readings / 2;
        CHECK(run<true, true>(what).find("cannot be computed") != std::string::npos);
    }
    SUBCASE("a stop") {
        what.stops_at = readings / 2;
        CHECK(run<true, true>(what) == "stopped");
    }
}

TEST_CASE("without a lane workers read at once too") {
    shared_reads what;
    what.meet = 2;
    SUBCASE("and write at once") { CHECK(run<false, true>(what) == ""); }
    SUBCASE("and write in turn") { CHECK(run<false, false>(what) == ""); }
    CHECK_FALSE(what.late);
}

TEST_CASE("a source that does not allow it is read by one thread at a time") {
    shared_reads what;
    what.many_read = false;
    SUBCASE("by the lane") { CHECK(run<true, true>(what) == ""); }
    SUBCASE("by lanes that read and write") { CHECK(run<true, false>(what) == ""); }
    SUBCASE("by workers") { CHECK(run<false, true>(what) == ""); }
    SUBCASE("by workers that write too") { CHECK(run<false, false>(what) == ""); }
    CHECK(what.most_at_once == 1);
}

TEST_CASE("an error of any reader ends the run and names an item of its block") {
    for (const std::size_t item : {std::size_t{0}, std::size_t{777}, readings - 1}) {
        CAPTURE(item);
        shared_reads what;
        what.fails_at = item;
        what.meet = item < readings / 2 ? 3 : 0; // workers are among those that fail
        const std::string said = run<true, false>(what);
        CAPTURE(said);
        CHECK(said.find("cannot be read") != std::string::npos);
        const std::size_t at = said.find("item ");
        REQUIRE(at != std::string::npos);
        CHECK(std::stoul(said.substr(at + 5)) <= item);
    }
}
