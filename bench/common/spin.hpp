// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Work that takes a known time: on a core, or on a timer.
#pragma once

#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>

namespace bench {

/// A chain of multiply-adds, each of which waits for the one before: takes a core, and no memory.
[[nodiscard]] inline double chain(std::size_t links, double x) noexcept {
    for (std::size_t k = 0; k < links; ++k) {
        x = x * 0.999999 + 1e-6;
    }
    return x;
}

/// Links that take so many seconds on this core now.
[[nodiscard]] inline std::size_t links_for(double seconds) {
    using clock = std::chrono::steady_clock;
    constexpr std::size_t links = 2'000'000;
    double least = 1e9;
    volatile double kept = 0;
    for (int attempt = 0; attempt < 20; ++attempt) {
        const auto begin = clock::now();
        kept = chain(links, kept);
        const double took = std::chrono::duration<double>(clock::now() - begin).count();
        least = took < least ? took : least;
    }
    return static_cast<std::size_t>(seconds / least * static_cast<double>(links)) + 1;
}

/// Keeps the core busy for so long.
inline void spin(double seconds) noexcept {
    const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < until) {
    }
}

/// Sleeps for so long, as precisely as the system can.
inline void wait_on_timer(double seconds) noexcept {
    static thread_local const int precise = ::prctl(PR_SET_TIMERSLACK, 1UL);
    static_cast<void>(precise);
    timespec until{};
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    const auto nanoseconds = static_cast<long>(seconds * 1e9) + until.tv_nsec;
    until.tv_sec += nanoseconds / 1'000'000'000;
    until.tv_nsec = nanoseconds % 1'000'000'000;
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
}

/// Gives a device that has a queue of a millisecond work for so many seconds: waits only where the queue is full. One
/// device for each thread; it leaves the core free.
inline void use_device(double seconds) noexcept {
    using clock = std::chrono::steady_clock;
    static thread_local clock::time_point idle_from{};
    idle_from = std::max(idle_from, clock::now()) +
                std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
    const double ahead = std::chrono::duration<double>(idle_from - clock::now()).count() - 1e-3;
    if (ahead > 0) {
        wait_on_timer(ahead);
    }
}

} // namespace bench
