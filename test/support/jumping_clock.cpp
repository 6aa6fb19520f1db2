// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// For LD_PRELOAD: the time of day jumps by up to an hour, either way, each time somebody looks.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

static long jump() {
    static std::atomic<unsigned> looks{0U};
    const unsigned k = looks.fetch_add(1U) * 2654435761U;
    return static_cast<long>((k >> 8U) % 7201U) - 3600;
}

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
    const int code = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
    if (code == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += jump();
    }
    return code;
}

extern "C" int gettimeofday(timeval* now, void* /*zone*/) noexcept {
    timespec exact{};
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0) {
        return -1;
    }
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

extern "C" std::time_t time(std::time_t* to) noexcept {
    timespec exact{};
    static_cast<void>(clock_gettime(CLOCK_REALTIME, &exact));
    if (to != nullptr) {
        *to = exact.tv_sec;
    }
    return exact.tv_sec;
}
