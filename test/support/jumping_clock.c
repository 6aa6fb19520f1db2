/* SPDX-License-Identifier: BSL-1.0
 * Copyright (c) the distproc authors
 *
 * For LD_PRELOAD: the time of day jumps by up to an hour, either way, each time somebody looks. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long jump(void) {
    static atomic_uint looks;
    const unsigned k = atomic_fetch_add(&looks, 1U) * 2654435761U;
    return (long)((k >> 8) % 7201U) - 3600;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    const int code = (int)syscall(SYS_clock_gettime, clock, now);
    if (code == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += jump();
    }
    return code;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0) {
        return -1;
    }
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* to) {
    struct timespec exact;
    (void)clock_gettime(CLOCK_REALTIME, &exact);
    if (to != NULL) {
        *to = exact.tv_sec;
    }
    return exact.tv_sec;
}
