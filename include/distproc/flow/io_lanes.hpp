// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/function_ref.hpp>
#include <distproc/core/supply.hpp>
#include <distproc/core/wait_watch.hpp>
#include <distproc/flow/floating_point.hpp>
#include <distproc/flow/io_turn.hpp>
#include <distproc/flow/rank_totals.hpp>
#include <distproc/flow/slot_exchange.hpp>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <cstddef>
#include <thread>

namespace distproc::detail {

/// The threads of a rank that read ahead and write beside its workers: one, or, where the source can be read while the
/// session writes, two.
///
/// A worker that would wait for the lane reads a block itself if many may read the source at once. Reading ahead pays
/// where reading waits (for a disk); where it only takes a core (bytes in memory, which are copied or unpacked) and the
/// workers have all of these, they read and the lane rests. Writing in the lane pays where writing waits, or where
/// computing takes its share of the time; a worker whose results cost little to compute writes them itself, one at a
/// time, since they are in its core's caches.
template <class Steps>
class io_lanes {
    using slot = typename Steps::slot;

public:
    /// `may_rest`: the workers keep all cores busy, and may read for themselves.
    io_lanes(Steps& steps, std::size_t width, bool may_rest)
        : steps_(steps), width_(width), lane_may_rest_(may_rest), exchange_(slots(width)) {}

    /// One block in each worker, one read ahead for each, and two on their way.
    [[nodiscard]] static constexpr std::size_t slots(std::size_t width) noexcept { return 2 * width + 2; }

    /// Calls `work()`, in which the workers come and go, beside the lanes; returns when all is over.
    void run(const std::fenv_t& callers, function_ref<void()> work) {
        const bool two = Steps::reads_beside_writes && !Steps::direct_write && steps_.staged();
        const auto first = [&] { two ? write_only() : read_and_write(); };
        const auto second = [this] { read_only(); };
        std::thread lane;
        std::thread reader;
        try {
            lane = start_lane(callers, first);
            if (two) {
                reader = start_lane(callers, second);
            }
            work();
        } catch (...) {
            steps_.fail(stage::compute);
        }
        exchange_.workers_left();
        for (std::thread* const each : {&lane, &reader}) {
            if (each->joinable()) {
                each->join();
            }
        }
    }

    /// The next block to compute; null where there will be no more. Rather than wait for the lane, a worker reads a
    /// block itself, if the source lets many do that.
    slot* next_block(worker_totals& mine) {
        if (!steps_.reads_concurrently()) {
            return exchange_.wait_ready();
        }
        for (;;) {
            const auto next = exchange_.wait_ready_or_free();
            if (next.slot == nullptr || next.ready) {
                return next.slot;
            }
            const stopwatch watch;
            const filled how = steps_.stopping() ? filled::no : fill(*next.slot);
            if (how != filled::no) {
                mine.doing_io += watch.seconds();
                if (lane_may_rest_ && how == filled::after_waiting) {
                    exchange_.ask_for_lane();
                }
                return next.slot;
            }
            exchange_.put_free(next.slot);
            if (steps_.stopping() || steps_.exhausted()) {
                exchange_.ask_for_lane();
                return exchange_.wait_ready(); // what the lane still reads, or the end
            }
            wait_for_other_ranks();
        }
    }

    /// Takes back a block that a worker has computed.
    void put_computed(slot* s, [[maybe_unused]] worker_totals& mine) {
        if constexpr (!Steps::direct_write) {
            if (!write_here(*s, mine)) {
                exchange_.put_computed(s);
                return;
            }
        }
        exchange_.put_done(s);
    }

private:
    /// How many blocks go to the lane after a write that had to wait, before a worker writes again.
    static constexpr int blocks_after_waiting = 32;
    /// What a block takes to be read in memory, and more.
    static constexpr std::chrono::milliseconds patience{10};

    /// Keeps up to `width` read blocks waiting.
    void read_only() noexcept {
        while (!steps_.stopping() && !exchange_.abandoned()) {
            slot* s = exchange_.wait_free(width_);
            if (s == nullptr) {
                continue;
            }
            if (fill(*s) != filled::no) {
                exchange_.put_ready(s);
                continue;
            }
            exchange_.put_free(s);
            if (steps_.exhausted()) {
                break;
            }
            wait_for_other_ranks();
        }
        exchange_.end_input();
    }

    /// Writes what is computed.
    void write_only() noexcept {
        for (;;) {
            if (slot* s = exchange_.try_computed()) {
                write(*s);
                exchange_.put_free(s);
            } else if (exchange_.drained()) {
                return;
            } else {
                steps_.commit_if_due();
                exchange_.wait_for_work();
            }
        }
    }

    /// The only I/O lane: keeps up to `width` read blocks waiting, and, unless workers do, writes what is computed.
    void read_and_write() noexcept {
        bool input_over = false;
        const auto end_input = [&] {
            input_over = true;
            exchange_.end_input();
        };
        for (;;) {
            if (!input_over && steps_.stopping()) {
                end_input();
            }
            if (!input_over && exchange_.ready_count() < width_) {
                if (slot* s = exchange_.try_free()) {
                    const filled how = fill(*s);
                    if (how != filled::no) {
                        exchange_.put_ready(s);
                        if (how == filled::at_once) {
                            exchange_.rest();
                        }
                        continue;
                    }
                    exchange_.put_free(s);
                    if (steps_.exhausted()) {
                        end_input();
                    }
                }
            }
            if constexpr (!Steps::direct_write) {
                if (slot* s = exchange_.try_computed()) {
                    write(*s);
                    exchange_.put_free(s);
                    continue;
                }
            }
            if (exchange_.drained()) {
                return;
            }
            steps_.commit_if_due();
            exchange_.wait_for_work();
        }
    }

    enum class filled : unsigned char { no, at_once, after_waiting };

    /// Takes and reads a block; `no` where there is none now, or that failed. Waiting is told where the lane may rest.
    filled fill(slot& s) noexcept {
        try {
            if (steps_.take(s)) {
                constexpr bool takes_turns = !Steps::direct_write && !Steps::reads_beside_writes;
                if constexpr (takes_turns) {
                    io_.take(io_turn::use::reads); // a worker may be writing
                }
                const io_turn_scope here(takes_turns ? &io_ : nullptr);
                if (!lane_may_rest_) {
                    return steps_.read(s) ? filled::after_waiting : filled::no;
                }
                const wait_watch waits;
                if (steps_.read(s)) {
                    return waits.waited() ? filled::after_waiting : filled::at_once;
                }
            }
        } catch (...) {
            steps_.fail(stage::read);
        }
        return filled::no;
    }

    void write(slot& s) noexcept {
        io_.take(io_turn::use::writes);
        const io_turn_scope here(&io_);
        steps_.write(s);
    }

    /// Writes a block in this worker, where that is quicker than to hand it over; false where it did not. It waits for
    /// a read or write in memory to end, or else the lane would never be without work; not for a slow source, which may
    /// itself wait for what this worker computes next.
    bool write_here(slot& s, worker_totals& mine) noexcept {
        if (!steps_.sizer().writing_outweighs(width_)) {
            return false;
        }
        if (blocks_for_lane_.load(std::memory_order_relaxed) > 0) {
            --blocks_for_lane_;
            return false;
        }
        const stopwatch watch;
        if (!io_.take_to_write(patience)) {
            blocks_for_lane_ = blocks_after_waiting;
            return false;
        }
        const io_turn_scope here(&io_);
        const wait_watch waits;
        steps_.write(s);
        mine.doing_io += watch.seconds();
        if (waits.waited()) { // the lane can wait as well, while this computes
            blocks_for_lane_ = blocks_after_waiting;
        }
        return true;
    }

    Steps& steps_;
    std::size_t width_;
    bool lane_may_rest_;
    slot_exchange<slot> exchange_;
    io_turn io_; ///< of the session, and of the source where it must not be read meanwhile
    std::atomic<int> blocks_for_lane_{0};
};

} // namespace distproc::detail
