// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>

#include <semaphore.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <new>
#include <span>

namespace distproc::detail {

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 30)
#define DISTPROC_HAS_SEM_CLOCKWAIT 1
#endif
#endif

/// Sleeps on a semaphore in shared memory until somebody posts it, but no longer than `most`; where there is no
/// sem_clockwait, longer if the time of day is set back meanwhile.
inline void sleep_on(sem_t& semaphore, std::chrono::milliseconds most) noexcept {
#ifdef DISTPROC_HAS_SEM_CLOCKWAIT
    constexpr clockid_t clock = CLOCK_MONOTONIC;
    const auto wait = [&](const timespec& end) { sem_clockwait(&semaphore, clock, &end); };
#else
    constexpr clockid_t clock = CLOCK_REALTIME;
    const auto wait = [&](const timespec& end) { sem_timedwait(&semaphore, &end); };
#endif
    timespec until{};
    clock_gettime(clock, &until);
    const auto nanoseconds = until.tv_nsec + std::chrono::nanoseconds(most).count();
    until.tv_sec += static_cast<time_t>(nanoseconds / 1'000'000'000);
    until.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
    wait(until);
}

/// What stands before the results of a frame. A frame starts at a multiple of 64 bytes, its results 64 bytes later.
struct alignas(64) frame_head {
    std::size_t first = 0;   ///< item
    std::size_t count = 0;   ///< items; 0: nothing is in it
    std::size_t step = 0;    ///< bytes from this frame to the next; those of this head: its items have no results
    std::size_t session = 0; ///< of those sent over the network: which run they belong to
};

/// Where the leader of a node sleeps until there is news in one of the rings.
struct alignas(64) gather_bell {
    std::atomic<std::uint32_t> sleeps{0};
    sem_t news;

    gather_bell() noexcept { sem_init(&news, 1, 0); }
    void ring() noexcept {
        if (sleeps.exchange(0) != 0) {
            sem_post(&news);
        }
    }
};

/// A queue of frames from one rank to its node's leader, bounded in bytes, in node memory: this head, then `bytes` for
/// the frames. Frames never wrap round the end, so that results can be written from where they lie.
class alignas(64) gather_ring {
public:
    explicit gather_ring(std::size_t bytes) noexcept : bytes_(bytes) { sem_init(&room_, 1, 0); }

    /// The most results of `result_bytes` that one frame may hold: at most half of the ring, so that there is always
    /// room in the end, and 4 MiB. 0 where not even one fits.
    static std::size_t most_in_frame(std::size_t ring_bytes, std::size_t result_bytes) noexcept {
        const std::size_t half = ring_bytes / 2;
        if (half < sizeof(frame_head) + result_bytes) {
            return 0;
        }
        const std::size_t quarter = std::min(ring_bytes / 4, std::size_t{4} << 20U);
        return std::max<std::size_t>(1,
                                     quarter > sizeof(frame_head) ? (quarter - sizeof(frame_head)) / result_bytes : 0);
    }

    /// The producer: puts a frame; sleeps while there is no room, until `give_up()`, which is asked 20 times a second.
    template <class GiveUp>
    bool put(std::size_t first, std::size_t count, std::span<const std::byte> results, gather_bell& bell,
             GiveUp&& give_up) {
        const std::size_t step = sizeof(frame_head) + round_up(results.size());
        std::size_t at = put_.load(std::memory_order_relaxed);
        const std::size_t tail = bytes_ - at % bytes_;
        const std::size_t needed = step <= tail ? step : tail + step;
        while (bytes_ - (at - taken_.load()) < needed) {
            waits_ = 1;
            if (bytes_ - (at - taken_.load()) >= needed) {
                break;
            }
            if (give_up()) {
                return false;
            }
            sleep_on(room_, std::chrono::milliseconds(50));
        }
        if (step > tail) {
            ::new (static_cast<void*>(place(at))) frame_head{0, 0, tail, 0};
            at += tail;
        }
        ::new (static_cast<void*>(place(at))) frame_head{first, count, step, 0};
        if (!results.empty()) {
            std::memcpy(place(at) + sizeof(frame_head), results.data(), results.size());
        }
        put_ = at + step;
        bell.ring();
        return true;
    }

    /// The producer puts nothing more.
    void finish(gather_bell& bell) noexcept {
        finished_ = 1;
        bell.ring();
    }

    /// The leader: whole frames that lie side by side, at most about `most` bytes; empty where there are none.
    [[nodiscard]] std::span<std::byte> frames(std::size_t most) noexcept {
        const std::size_t from = taken_.load(std::memory_order_relaxed);
        const std::size_t end = std::min(put_.load(), from + (bytes_ - from % bytes_));
        std::size_t to = from;
        while (to < end && to - from < most) {
            to += reinterpret_cast<const frame_head*>(place(to))->step;
        }
        return {place(from), to - from};
    }
    /// The leader is done with the first `bytes` of its frames.
    void release(std::size_t bytes) noexcept {
        taken_ += bytes;
        if (waits_.exchange(0) != 0) {
            sem_post(&room_);
        }
    }
    [[nodiscard]] bool has_news() const noexcept { return put_.load() != taken_.load(std::memory_order_relaxed); }
    /// Nothing is in it and nothing will come.
    [[nodiscard]] bool over() const noexcept { return finished_ != 0 && !has_news(); }

private:
    [[nodiscard]] std::byte* place(std::size_t position) noexcept {
        return reinterpret_cast<std::byte*>(this) + sizeof(gather_ring) + position % bytes_;
    }

    std::size_t bytes_;
    alignas(64) std::atomic<std::size_t> put_{0}; // bytes ever
    std::atomic<std::uint32_t> finished_{0};
    alignas(64) std::atomic<std::size_t> taken_{0}; // bytes ever
    std::atomic<std::uint32_t> waits_{0};           // the producer sleeps
    sem_t room_;
};

/// The rings of a node's ranks in one piece of node memory.
class gather_rings {
public:
    gather_rings() = default;
    gather_rings(std::byte* memory, std::size_t ranks, std::size_t ring_bytes) noexcept
        : memory_(memory), ranks_(ranks), ring_bytes_(ring_bytes) {}

    static std::size_t bytes(std::size_t ranks, std::size_t ring_bytes) noexcept {
        return sizeof(gather_bell) + ranks * (sizeof(gather_ring) + ring_bytes);
    }
    /// By the leader, before anybody uses them.
    void construct() const noexcept {
        ::new (static_cast<void*>(memory_)) gather_bell;
        for (std::size_t r = 0; r < ranks_; ++r) {
            ::new (static_cast<void*>(&ring(r))) gather_ring(ring_bytes_);
        }
    }
    [[nodiscard]] std::size_t count() const noexcept { return ranks_; }
    [[nodiscard]] gather_bell& bell() const noexcept { return *reinterpret_cast<gather_bell*>(memory_); }
    [[nodiscard]] gather_ring& ring(std::size_t rank) const noexcept {
        std::byte* at = memory_ + sizeof(gather_bell) + rank * (sizeof(gather_ring) + ring_bytes_);
        return *reinterpret_cast<gather_ring*>(at);
    }

private:
    std::byte* memory_ = nullptr;
    std::size_t ranks_ = 0;
    std::size_t ring_bytes_ = 0;
};

} // namespace distproc::detail
