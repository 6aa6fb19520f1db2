// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/function_ref.hpp>
#include <distproc/core/wait_watch.hpp>
#include <distproc/executor/concepts.hpp>
#include <distproc/flow/block_steps.hpp>
#include <distproc/flow/floating_point.hpp>
#include <distproc/flow/rank_totals.hpp>
#include <distproc/flow/slot_exchange.hpp>

#include <cfenv>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>

namespace distproc::detail {

/// What an executor runs: one type for all flows.
struct worker_body {
    function_ref<void(std::size_t)> work; ///< throws nothing
    void operator()(std::size_t w) const noexcept { work(w); }
};

/// The flow of blocks through one rank: source -> workers -> session. No collective call; a throw anywhere is noted in
/// the log and stops the run on the node, and the flow always comes to its end.
///
/// Where the executor overlaps and source or session do I/O, one more thread (the I/O lane) reads ahead or writes, and
/// where both do and the source allows it, two: one reads while the other one writes. A worker that would wait for the
/// lane reads a block itself if many may read the source at once. Reading ahead pays where reading waits (for a disk);
/// where it only takes a core (bytes in memory, which are copied or unpacked) and the workers have all of these, they
/// read and the lane rests. Otherwise each worker reads, computes and writes by itself, the I/O one at a time, but for
/// such reads.
template <class Steps>
class rank_flow {
    using slot = typename Steps::slot;

public:
    /// To be made in the thread that called `execute`: workers get its floating-point environment.
    explicit rank_flow(Steps& steps) : steps_(steps) { std::fegetenv(&callers_); }

    /// Runs this rank's part with `width` workers of `executor`. `no_core_left`: whether the workers of the node keep
    /// all cores busy; asked where it matters.
    template <class Executor>
    rank_totals run(const Executor& executor, std::size_t width, function_ref<bool()> no_core_left) {
        const stopwatch watch;
        const bool lane = Executor::overlaps && (steps_.staged() || !Steps::direct_write);
        lane_may_rest_ =
            lane && Steps::direct_write && steps_.staged() && steps_.reads_concurrently() && no_core_left();
        try {
            steps_.bound_slots(lane ? slots_of_lane(width) : width);
            if (lane) {
                run_with_lane(executor, width);
            } else {
                const auto work = [this](std::size_t w) { work_alone(w); };
                executor.run(width, worker_body{work});
            }
        } catch (...) {
            steps_.fail(stage::plan);
        }
        rank_totals totals = std::move(steps_.totals());
        totals.flow_seconds = watch.seconds();
        totals.workers = width;
        return totals;
    }

private:
    /// One block in each worker, one read ahead for each, and two on their way.
    static constexpr std::size_t slots_of_lane(std::size_t width) noexcept { return 2 * width + 2; }

    /// There is nothing to take now, but other ranks may still give some.
    static void wait_for_other_ranks() { std::this_thread::sleep_for(std::chrono::microseconds(200)); }

    void work_alone(std::size_t w) noexcept {
        const floating_point_scope callers(callers_);
        worker_totals mine{w};
        try {
            auto work = steps_.make_worker(w);
            slot s;
            while (!steps_.stopping()) {
                if (!steps_.take(s)) {
                    if (steps_.exhausted()) {
                        break;
                    }
                    wait_for_other_ranks();
                    continue;
                }
                if (steps_.staged()) {
                    std::unique_lock lock(io_, std::defer_lock);
                    if (!steps_.reads_concurrently()) {
                        lock.lock();
                    }
                    const stopwatch watch;
                    const bool read = steps_.read(s);
                    mine.doing_io += watch.seconds();
                    if (!read) {
                        break;
                    }
                }
                steps_.compute(s, work, mine);
                if constexpr (!Steps::direct_write) {
                    const std::scoped_lock lock(io_);
                    const stopwatch watch;
                    steps_.write(s);
                    mine.doing_io += watch.seconds();
                }
            }
            steps_.add_up(mine, work);
        } catch (...) {
            steps_.fail(stage::compute);
        }
    }

    template <class Executor>
    void run_with_lane(const Executor& executor, std::size_t width) {
        slot_exchange<slot> exchange(slots_of_lane(width));
        std::thread lane;
        std::thread reader; // where reading has a lane of its own
        const bool two = Steps::reads_beside_writes && !Steps::direct_write && steps_.staged();
        const auto first_lane = [&] {
            if (two) {
                run_writing_lane(exchange);
            } else {
                run_lane(exchange, width);
            }
        };
        const auto second_lane = [&] { run_reading_lane(exchange, width); };
        const auto work = [&](std::size_t w) { work_from(exchange, w); };
        try {
            lane = start_lane(callers_, first_lane);
            if (two) {
                reader = start_lane(callers_, second_lane);
            }
            executor.run(width, worker_body{work});
        } catch (...) {
            steps_.fail(stage::compute);
        }
        exchange.workers_left();
        for (std::thread* const each : {&lane, &reader}) {
            if (each->joinable()) {
                each->join();
            }
        }
    }

    /// Keeps up to `width` read blocks waiting.
    void run_reading_lane(slot_exchange<slot>& exchange, std::size_t width) noexcept {
        while (!steps_.stopping() && !exchange.abandoned()) {
            slot* s = exchange.wait_free(width);
            if (s == nullptr) {
                continue;
            }
            if (fill(*s) != filled::no) {
                exchange.put_ready(s);
                continue;
            }
            exchange.put_free(s);
            if (steps_.exhausted()) {
                break;
            }
            wait_for_other_ranks();
        }
        exchange.end_input();
    }

    /// Writes what is computed.
    void run_writing_lane(slot_exchange<slot>& exchange) noexcept {
        for (;;) {
            if (slot* s = exchange.try_computed()) {
                steps_.write(*s);
                exchange.put_free(s);
            } else if (exchange.drained()) {
                return;
            } else {
                exchange.wait_for_work();
            }
        }
    }

    /// The only I/O lane: keeps up to `width` read blocks waiting, and, unless workers do, writes what is computed.
    void run_lane(slot_exchange<slot>& exchange, std::size_t width) noexcept {
        bool input_over = false;
        const auto end_input = [&] {
            input_over = true;
            exchange.end_input();
        };
        for (;;) {
            if (!input_over && steps_.stopping()) {
                end_input();
            }
            if (!input_over && exchange.ready_count() < width) {
                if (slot* s = exchange.try_free()) {
                    const filled how = fill(*s);
                    if (how != filled::no) {
                        exchange.put_ready(s);
                        if (how == filled::at_once) {
                            exchange.rest();
                        }
                        continue;
                    }
                    exchange.put_free(s);
                    if (steps_.exhausted()) {
                        end_input();
                    }
                }
            }
            if constexpr (!Steps::direct_write) {
                if (slot* s = exchange.try_computed()) {
                    steps_.write(*s);
                    exchange.put_free(s);
                    continue;
                }
            }
            if (exchange.drained()) {
                return;
            }
            exchange.wait_for_work();
        }
    }

    enum class filled : unsigned char { no, at_once, after_waiting };

    /// Takes and reads a block; `no` where there is none now, or that failed. Waiting is told where the lane may rest.
    filled fill(slot& s) noexcept {
        try {
            if (steps_.take(s)) {
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

    /// The next block to compute; null where there will be no more. Rather than wait for the lane, a worker reads a
    /// block itself, if the source lets many do that.
    slot* next_block(slot_exchange<slot>& exchange, worker_totals& mine) {
        if (!steps_.reads_concurrently()) {
            return exchange.wait_ready();
        }
        for (;;) {
            const auto next = exchange.wait_ready_or_free();
            if (next.slot == nullptr || next.ready) {
                return next.slot;
            }
            const stopwatch watch;
            const filled how = steps_.stopping() ? filled::no : fill(*next.slot);
            if (how != filled::no) {
                mine.doing_io += watch.seconds();
                if (lane_may_rest_ && how == filled::after_waiting) {
                    exchange.ask_for_lane();
                }
                return next.slot;
            }
            exchange.put_free(next.slot);
            if (steps_.stopping() || steps_.exhausted()) {
                exchange.ask_for_lane();
                return exchange.wait_ready(); // what the lane still reads, or the end
            }
            wait_for_other_ranks();
        }
    }

    void work_from(slot_exchange<slot>& exchange, std::size_t w) noexcept {
        const floating_point_scope callers(callers_);
        worker_totals mine{w};
        try {
            auto work = steps_.make_worker(w);
            while (slot* s = next_block(exchange, mine)) {
                if (!steps_.stopping()) {
                    steps_.compute(*s, work, mine);
                }
                if constexpr (Steps::direct_write) {
                    exchange.put_done(s);
                } else {
                    exchange.put_computed(s);
                }
            }
            steps_.add_up(mine, work);
        } catch (...) {
            steps_.fail(stage::compute);
        }
    }

    Steps& steps_;
    std::fenv_t callers_{};
    std::mutex io_;
    bool lane_may_rest_ = false;
};

} // namespace distproc::detail
