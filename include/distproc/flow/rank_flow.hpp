// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/function_ref.hpp>
#include <distproc/core/supply.hpp>
#include <distproc/executor/concepts.hpp>
#include <distproc/flow/block_steps.hpp>
#include <distproc/flow/floating_point.hpp>
#include <distproc/flow/io_lanes.hpp>
#include <distproc/flow/rank_totals.hpp>

#include <cfenv>
#include <cstddef>
#include <mutex>
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
/// Where the executor overlaps and source or session do I/O, further threads read ahead and write, see `io_lanes`.
/// Otherwise each worker reads, computes and writes by itself, the I/O one at a time, unless many may read at once.
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
        const bool may_rest =
            lane && Steps::direct_write && steps_.staged() && steps_.reads_concurrently() && no_core_left();
        try {
            steps_.bound_slots(lane ? io_lanes<Steps>::slots(width) : width);
            if (lane) {
                io_lanes<Steps> lanes(steps_, width, may_rest);
                const auto work = [&](std::size_t w) { work_from(lanes, w); };
                lanes.run(callers_, [&] { executor.run(width, worker_body{work}); });
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

    void work_from(io_lanes<Steps>& lanes, std::size_t w) noexcept {
        const floating_point_scope callers(callers_);
        worker_totals mine{w};
        try {
            auto work = steps_.make_worker(w);
            while (slot* s = lanes.next_block(mine)) {
                if (!steps_.stopping()) {
                    steps_.compute(*s, work, mine);
                }
                lanes.put_computed(s, mine);
            }
            steps_.add_up(mine, work);
        } catch (...) {
            steps_.fail(stage::compute);
        }
    }

    Steps& steps_;
    std::fenv_t callers_{};
    std::mutex io_; ///< of workers without lanes
};

} // namespace distproc::detail
