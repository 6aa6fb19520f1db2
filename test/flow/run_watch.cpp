// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "core/fake_kernel.hpp"
#include <distproc/flow/run_watch.hpp>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>

using distproc::worker_now;
using distproc::detail::run_inspector;
using distproc::test::fake_kernel;
using namespace std::chrono_literals;

namespace {

/// The exit code of `looks()` in a process of its own; 0 where that comes to its end.
template <class Looks>
int exit_code_of(Looks&& looks) {
    const pid_t child = ::fork();
    if (child == 0) {
        looks();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Memory of a machine, and of this process, in MiB.
void set_memory(fake_kernel& kernel, std::size_t available, std::size_t resident, std::size_t shared) {
    const auto pages = [](std::size_t mebi) {
        return std::to_string(mebi * ((std::size_t{1} << 20U) / static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))));
    };
    kernel.file("proc/meminfo", "MemAvailable:    " + std::to_string(available * 1024) + " kB\n");
    kernel.file("proc/self/statm", "9 " + pages(resident) + " " + pages(shared) + " 1 0 1 0\n");
}

} // namespace

TEST_CASE("memory: only who has taken it, and only where little is left") {
    const auto after = [](std::size_t left, std::size_t resident, std::size_t shared, std::size_t ranks) {
        fake_kernel kernel;
        set_memory(kernel, 8000, 100, 50);
        worker_now note;
        note.begin(17, 1);
        run_inspector inspector({0, ranks, {&note}, 0, true}, kernel.files());
        const auto now = run_inspector::clock::now();
        (void)inspector.look(now);
        set_memory(kernel, left, resident, shared);
        return exit_code_of([&] { (void)inspector.look(now + 1s); });
    };
    CHECK(after(400, 5000, 50, 1) == 1);
    CHECK(after(600, 5000, 50, 1) == 0);   // there is enough
    CHECK(after(400, 3000, 50, 1) == 0);   // somebody else took it
    CHECK(after(400, 3000, 50, 2) == 1);   // more than the share of one of two ranks
    CHECK(after(400, 5000, 4000, 1) == 0); // mapped files
}

TEST_CASE("items that take too long") {
    worker_now note;
    run_inspector inspector({0, 1, {&note}, 1.0, false});
    auto now = run_inspector::clock::now();
    const auto look_for = [&](std::chrono::milliseconds time) {
        for (const auto end = now + time; now < end; now += 100ms) {
            (void)inspector.look(now);
        }
    };
    note.begin(3, 1);
    look_for(900ms);
    CHECK_FALSE(note.is_late());
    note.begin(4, 1); // the next item, or the next attempt
    look_for(900ms);
    CHECK_FALSE(note.is_late());
    look_for(400ms);
    CHECK(note.is_late());
    note.begin(5, 1);
    CHECK_FALSE(note.is_late());
    note.end();
    look_for(5s);
    CHECK_FALSE(note.is_late());
    note.begin(6, 1);
    look_for(200ms);
    now += 1h; // the process was stopped
    CHECK(exit_code_of([&] { look_for(300ms); }) == 0);
    CHECK_FALSE(note.is_late());
    CHECK(exit_code_of([&] { look_for(3s); }) == 1); // it never ends
}

TEST_CASE("runs that come while another one is watched, or after it, are looked at in time") {
    for (const bool beside : {true, false}) {
        worker_now quiet;
        std::optional<distproc::detail::run_watch> first;
        first.emplace(distproc::detail::watched_run{0, 1, {&quiet}, 0, true});
        if (!beside) {
            first.reset();
        }
        worker_now slow;
        slow.begin(7, 1);
        const distproc::detail::run_watch second({0, 1, {&slow}, 1.0, false});
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!slow.is_late() && std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
        }
        CHECK(slow.is_late());
        slow.end();
    }
}
