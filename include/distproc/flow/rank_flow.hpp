// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/executor/concepts.hpp>
#include <distproc/flow/block_steps.hpp>
#include <distproc/flow/rank_totals.hpp>
#include <distproc/flow/slot_exchange.hpp>
#include <distproc/flow/worker.hpp>

#include <cfenv>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>

namespace distproc::detail {

/// The flow of blocks through one rank: source -> workers -> session. No collective call; a throw anywhere is noted in
/// the log and stops the run on the node, and the flow always comes to its end.
///
/// Where the executor overlaps and source or session do I/O, one more thread (the I/O lane) reads ahead or writes, and
/// where both do and the source allows it, two: one reads while the other one writes. Otherwise each worker reads,
/// computes and writes by itself, the I/O one at a time.
template <class Steps>
class rank_flow {
    using slot = typename Steps::slot;

public:
    /// To be made in the thread that called `execute`: workers get its floating-point environment.
    explicit rank_flow(Steps& steps) : steps_(steps) { std::fegetenv(&callers_); }

    /// Runs this rank's part with `width` workers of `executor`.
    template <class Executor>
    rank_totals run(const Executor& executor, std::size_t width) {
        const stopwatch watch;
        const bool lane = Executor::overlaps && (steps_.staged() || !Steps::direct_write);
        try {
            steps_.bound_slots(lane ? slots_of_lane(width) : width);
            if (lane) {
                run_with_lane(executor, width);
            } else {
                executor.run(width, [&](std::size_t w) noexcept { work_alone(w); });
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

    void work_alone(std::size_t w) noexcept {
        const floating_point_scope callers(callers_);
        worker_totals mine{w};
        try {
            auto work = steps_.make_worker();
            slot s;
            while (!steps_.stopping()) {
                if (!steps_.take(s)) {
                    if (steps_.exhausted()) {
                        break;
                    }
                    std::this_thread::sleep_for(std::chrono::microseconds(200)); // other ranks may still give some
                    continue;
                }
                if (steps_.staged()) {
                    const std::scoped_lock lock(io_);
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
        const auto start = [this](std::thread& it, auto&& work) {
            it = std::thread([this, work] {
                const floating_point_scope callers(callers_);
                work();
            });
        };
        try {
            if (Steps::reads_beside_writes && !Steps::direct_write && steps_.staged()) {
                start(lane, [&] { run_writing_lane(exchange); });
                start(reader, [&] { run_reading_lane(exchange, width); });
            } else {
                start(lane, [&] { run_lane(exchange, width); });
            }
            executor.run(width, [&](std::size_t w) noexcept { work_from(exchange, w); });
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
            if (fill(*s)) {
                exchange.put_ready(s);
                continue;
            }
            exchange.put_free(s);
            if (steps_.exhausted()) {
                break;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(200)); // other ranks may still give some
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

    /// The only I/O lane: keeps up to `width` read blocks waiting, and writes what is computed.
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
                    if (fill(*s)) {
                        exchange.put_ready(s);
                        continue;
                    }
                    exchange.put_free(s);
                    if (steps_.exhausted()) {
                        end_input();
                    }
                }
            }
            if (slot* s = exchange.try_computed()) {
                steps_.write(*s);
                exchange.put_free(s);
                continue;
            }
            if (exchange.drained()) {
                return;
            }
            exchange.wait_for_work();
        }
    }

    /// Takes and reads a block; false where there is none now, or reading failed.
    bool fill(slot& s) noexcept {
        try {
            return steps_.take(s) && steps_.read(s);
        } catch (...) {
            steps_.fail(stage::read);
            return false;
        }
    }

    void work_from(slot_exchange<slot>& exchange, std::size_t w) noexcept {
        const floating_point_scope callers(callers_);
        worker_totals mine{w};
        try {
            auto work = steps_.make_worker();
            while (slot* s = exchange.wait_ready()) {
                if (!steps_.stopping()) {
                    steps_.compute(*s, work, mine);
                }
                exchange.put_computed(s);
            }
            steps_.add_up(mine, work);
        } catch (...) {
            steps_.fail(stage::compute);
        }
    }

    Steps& steps_;
    std::fenv_t callers_{};
    std::mutex io_;
};

} // namespace distproc::detail
