// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "core/scoped_environment.hpp"
#include <distproc/core/stop_trigger.hpp>
#include <distproc/core/walltime.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using distproc::stop_trigger;
using namespace std::chrono_literals;

namespace {

/// Whether a stop is requested, now or within so long.
bool stops_within(const std::stop_token& token, std::chrono::seconds most) {
    std::mutex mutex;
    std::condition_variable changed;
    bool requested = false;
    const std::stop_callback on_stop(token, [&] {
        const std::scoped_lock lock(mutex);
        requested = true;
        changed.notify_one();
    });
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, most, [&] { return requested; });
}

std::atomic<int> calls_before{0};
std::atomic<int> last_process{0};

void plain_handler(int) { ++calls_before; }
void handler_with_info(int, siginfo_t* info, void*) {
    ++calls_before;
    last_process = static_cast<int>(info->si_pid);
}

/// Another handler in place of that of the test's framework.
class other_handler {
public:
    other_handler(int number, void (*handler)(int)) : number_(number) {
        struct sigaction mine {};
        mine.sa_handler = handler;
        set(mine);
    }
    other_handler(int number, void (*handler)(int, siginfo_t*, void*)) : number_(number) {
        struct sigaction mine {};
        mine.sa_sigaction = handler;
        mine.sa_flags = SA_SIGINFO;
        set(mine);
    }
    other_handler(const other_handler&) = delete;
    other_handler& operator=(const other_handler&) = delete;
    ~other_handler() { ::sigaction(number_, &kept_, nullptr); }

private:
    void set(const struct sigaction& mine) {
        REQUIRE(::sigaction(number_, &mine, &kept_) == 0);
        calls_before = 0;
    }

    int number_;
    struct sigaction kept_ {};
};

} // namespace

TEST_CASE("a signal asks to stop, and says so") {
    for (const int number : {SIGTERM, SIGINT, SIGUSR1}) {
        const other_handler standard(number, SIG_DFL);
        {
            const stop_trigger stop({.signals = {SIGUSR2, number, SIGHUP}});
            CHECK_FALSE(stop.token().stop_requested());
            CHECK(stop.reason().empty());
            CHECK(::kill(::getpid(), number) == 0);
            CHECK(stops_within(stop.token(), 20s));
            CHECK(stop.reason() == std::string(number == SIGTERM  ? "SIGTERM"
                                               : number == SIGINT ? "SIGINT"
                                                                  : "SIGUSR1") +
                                       " has come");
        }
        struct sigaction after {};
        REQUIRE(::sigaction(number, nullptr, &after) == 0);
        CHECK((after.sa_handler == SIG_DFL));
    }
}

TEST_CASE("the handler that was there before is called too, and restored") {
    for (const bool with_info : {false, true}) {
        const auto there = with_info ? std::make_unique<other_handler>(SIGUSR2, &handler_with_info)
                                     : std::make_unique<other_handler>(SIGUSR2, &plain_handler);
        {
            const stop_trigger stop({.signals = {SIGUSR2}});
            CHECK(::kill(::getpid(), SIGUSR2) == 0);
            CHECK(stops_within(stop.token(), 20s));
            CHECK(calls_before == 1);
        }
        CHECK(::raise(SIGUSR2) == 0);
        CHECK(calls_before == 2);
        CHECK((!with_info || last_process == ::getpid()));
    }
}

TEST_CASE("triggers do not see what came before them, and go in any order") {
    const other_handler there(SIGUSR2, &plain_handler);
    auto first = std::optional<stop_trigger>(std::in_place, distproc::stop_conditions{.signals = {SIGUSR2}});
    CHECK(::raise(SIGUSR2) == 0);
    CHECK(stops_within(first->token(), 20s));
    const stop_trigger second({.signals = {SIGUSR2}});
    first.reset();
    CHECK(::raise(SIGUSR2) == 0);
    CHECK(stops_within(second.token(), 20s));
    CHECK(calls_before == 2);
    const stop_trigger third({.signals = {SIGUSR2}, .after = 1s});
    CHECK(stops_within(third.token(), 20s));
    CHECK(third.reason() == "the time limit of 1 s has been reached"); // no signal has come since it was made
}

TEST_CASE("a storm of signals is one request") {
    const other_handler there(SIGUSR2, &plain_handler);
    const stop_trigger stop({.signals = {SIGUSR2}});
    std::vector<std::thread> senders;
    for (int k = 0; k < 4; ++k) {
        senders.emplace_back([] {
            for (int time = 0; time < 2000; ++time) {
                ::raise(SIGUSR2);
            }
        });
    }
    for (std::thread& each : senders) {
        each.join();
    }
    CHECK(stops_within(stop.token(), 20s));
    CHECK(calls_before == 8000);
}

TEST_CASE("a time limit") {
    const stop_trigger now({.after = 0s});
    CHECK(stops_within(now.token(), 20s));
    const stop_trigger later({.after = 3600s});
    CHECK_FALSE(later.token().stop_requested());
    CHECK(later.reason().empty());
    const stop_trigger never({});
    CHECK_FALSE(never.token().stop_requested());
}

TEST_CASE("before the end of a Slurm job") {
    const auto in = [](long seconds) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count() + seconds);
    };
    {
        const distproc::test::scoped_environment end("SLURM_JOB_END_TIME", in(100).c_str());
        const auto left = distproc::walltime_left();
        REQUIRE(left);
        CHECK(*left > 80s);
        CHECK(*left <= 100s);
        const stop_trigger soon({.after = 3600s, .before_walltime = 120s});
        CHECK(stops_within(soon.token(), 20s));
        CHECK(soon.reason() == "120 s before the end of the Slurm job");
        const stop_trigger later({.before_walltime = 10s});
        CHECK_FALSE(later.token().stop_requested());
    }
    const distproc::test::scoped_environment none("SLURM_JOB_END_TIME", nullptr);
    const distproc::test::scoped_environment job("SLURM_JOB_ID", nullptr);
    CHECK_FALSE(distproc::walltime_left());
    const stop_trigger without({.before_walltime = 120s});
    CHECK_FALSE(without.token().stop_requested());
}

TEST_CASE("what squeue says") {
    using distproc::detail::parse_slurm_time;
    CHECK(parse_slurm_time("5:03\n") == 303s);
    CHECK(parse_slurm_time("59") == 59s);
    CHECK(parse_slurm_time("01:00:00") == 3600s);
    CHECK(parse_slurm_time("2-03:04:05") == std::chrono::seconds(2 * 86400 + 3 * 3600 + 4 * 60 + 5));
    for (const char* text : {"", "UNLIMITED", "NOT_SET", "INVALID", "1:2:3:4", "1:", "-1:00", "x-1:00", "1 2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_slurm_time(text));
    }
}

TEST_CASE("signals that cannot be caught") {
    const other_handler standard(SIGTERM, SIG_DFL);
    CHECK_THROWS_WITH_AS(stop_trigger({.signals = {SIGTERM, SIGKILL}}),
                         doctest::Contains("cannot be caught: Invalid argument; name another, such as SIGTERM"),
                         distproc::error);
    CHECK_THROWS_WITH_AS(stop_trigger({.signals = {0}}), doctest::Contains("there is no signal 0"), distproc::error);
    CHECK_THROWS_AS(stop_trigger({.signals = {100000}}), distproc::error);
    struct sigaction now {};
    REQUIRE(::sigaction(SIGTERM, nullptr, &now) == 0);
    CHECK((now.sa_handler == SIG_DFL)); // of the one that was caught before
}
