// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/end_job.hpp>
#include <distproc/core/machine.hpp>
#include <distproc/core/worker_now.hpp>
#include <distproc/observe/report.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace distproc::detail {

/// A run on this rank, for those who watch it.
struct watched_run {
    std::size_t rank = 0;
    std::size_t node_ranks = 1;       ///< that share the node's memory
    std::vector<worker_now*> workers; ///< where each notes what it is at
    double item_timeout = 0;          ///< seconds; 0: none
    bool memory = true;               ///< whether memory is watched
};

/// Looks at one run now and then: names items that take too long, and ends the job before the system kills it for want
/// of memory that this process has taken.
class run_inspector {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds soon{100};    ///< the first look, and at items
    static constexpr std::chrono::milliseconds seldom{1000}; ///< at memory, while there is much

    explicit run_inspector(watched_run run, kernel_files files = {})
        : run_(std::move(run)), files_(std::move(files)), seen_(run_.workers.size()) {}

    /// Returns how soon to look again.
    clock::duration look(clock::time_point now) {
        clock::duration next = seldom;
        if (run_.item_timeout > 0) {
            const auto often = std::chrono::duration_cast<clock::duration>(
                std::chrono::duration<double>(std::min(run_.item_timeout / 8, 1.0)));
            next = std::clamp<clock::duration>(often, std::chrono::milliseconds(1), soon);
            look_at_items(now, next);
        }
        if (run_.memory && now >= memory_next_) {
            memory_next_ = now + look_at_memory();
        }
        return run_.memory ? std::min(next, memory_next_ - now) : next;
    }

private:
    struct seen {
        std::uint64_t turn = 0;
        clock::duration at_work{}; ///< seen at this turn, without times in which nobody looked (a stopped process)
        bool told = false;
    };

    void look_at_items(clock::time_point now, clock::duration interval) {
        const clock::duration passed = std::min<clock::duration>(now - looked_, 3 * interval);
        looked_ = now;
        for (std::size_t w = 0; w < seen_.size(); ++w) {
            worker_now& note = *run_.workers[w];
            const std::uint64_t turn = note.turn.load(std::memory_order_relaxed);
            const auto item = static_cast<std::size_t>(note.first.load(std::memory_order_relaxed));
            if (turn % 2 == 0 || turn != seen_[w].turn) {
                seen_[w] = {turn, {}, false};
                continue;
            }
            seen_[w].at_work += passed;
            const double seconds = std::chrono::duration<double>(seen_[w].at_work).count();
            if (seconds > 2 * run_.item_timeout && seen_[w].told) {
                std::fprintf(stderr,
                             "distproc: item %zu on rank %zu does not end, though it was asked to after %g s "
                             "(options::item_timeout; see context::stop_requested); the job is ended\n",
                             item, run_.rank, run_.item_timeout);
                end_job(1);
            }
            if (seconds > run_.item_timeout && !std::exchange(seen_[w].told, true)) {
                std::fprintf(stderr, "distproc: item %zu on rank %zu takes longer than %g s (options::item_timeout)\n",
                             item, run_.rank, run_.item_timeout);
                note.late.store(turn, std::memory_order_relaxed);
            }
        }
    }

    /// Returns how soon to look again: before what is left can be used up. What the node has left is asked only once
    /// this process has taken much.
    clock::duration look_at_memory() {
        const std::size_t own = own_memory_bytes(files_);
        if (!before_) {
            before_ = {available_memory_bytes(files_), own};
        }
        const std::size_t grown = own > before_->own ? own - before_->own : 0;
        const std::size_t share = before_->left / (2 * run_.node_ranks);
        // Bytes a second that so many threads can touch for the first time.
        const double fastest = 4e9 * static_cast<double>(std::max<std::size_t>(1, run_.workers.size()));
        const auto until_used = [&](std::size_t bytes) {
            const std::chrono::duration<double> time(static_cast<double>(bytes) / fastest);
            return std::clamp<clock::duration>(std::chrono::duration_cast<clock::duration>(time),
                                               std::chrono::milliseconds(2), seldom);
        };
        if (grown < share) {
            return until_used(share - grown);
        }
        const std::size_t left = available_memory_bytes(files_);
        const std::size_t little =
            std::clamp<std::size_t>(before_->left / 16, std::size_t{32} << 20U, std::size_t{1} << 30U);
        if (left >= little) {
            return until_used((left - little) / run_.node_ranks);
        }
        const std::string at =
            items_at_work(run_.workers.size(), [&](std::size_t w) -> const worker_now& { return *run_.workers[w]; });
        std::fprintf(
            stderr,
            "distproc: rank %zu has taken %s of memory since the run began, and only %s are left; it is %s; the "
            "job is ended before the system kills it: use less in each item, or fewer workers\n",
            run_.rank, bytes_text(grown).c_str(), bytes_text(left).c_str(), at.c_str());
        end_job(1);
    }

    struct memory_before {
        std::size_t left; ///< on the node
        std::size_t own;  ///< of this process
    };

    watched_run run_;
    kernel_files files_;
    std::vector<seen> seen_; ///< by worker
    clock::time_point looked_ = clock::now();
    clock::time_point memory_next_{};
    std::optional<memory_before> before_;
};

/// Has a run watched for as long as this lives, by the one thread that watches all runs of this process: after a tenth
/// of a second, and then once a second, more often where memory is short or items have a time limit.
class run_watch {
public:
    explicit run_watch(watched_run run) : mine_(std::move(run)) {
        watcher& all = the();
        const std::scoped_lock lock(all.mutex);
        const auto when = run_inspector::clock::now() + run_inspector::soon;
        try {
            if (!all.running) {
                std::thread([&all] { all.run(); }).detach();
                all.running = true;
            }
            all.runs.push_back({&mine_, when});
        } catch (...) { // no thread to be had: nobody watches
            return;
        }
        if (when < all.wakes) {
            all.wakes = when;
            all.changed.notify_one();
        }
    }
    run_watch(const run_watch&) = delete;
    run_watch& operator=(const run_watch&) = delete;
    ~run_watch() {
        watcher& all = the();
        const std::scoped_lock lock(all.mutex);
        all.runs.remove_if([this](const auto& each) { return each.first == &mine_; });
    }

private:
    struct watcher {
        static constexpr auto never = run_inspector::clock::time_point::max();

        std::mutex mutex;
        std::condition_variable changed;
        std::list<std::pair<run_inspector*, run_inspector::clock::time_point>> runs; ///< and when to look at each
        bool running = false;
        run_inspector::clock::time_point wakes = never; ///< by itself

        void run() {
            std::unique_lock lock(mutex);
            for (int idle = 0;; idle = runs.empty() ? idle + 1 : 0) {
                if (idle > 10) { // many short runs, one after the other, need not wake it each time
                    wakes = never;
                    changed.wait(lock, [this] { return wakes != never; });
                    idle = 0;
                }
                const auto now = run_inspector::clock::now();
                auto next = now + (runs.empty() ? run_inspector::soon : run_inspector::seldom);
                for (auto& [inspector, when] : runs) {
                    try {
                        if (now >= when) {
                            when = now + run_inspector::soon; // where looking fails
                            when = now + inspector->look(now);
                        }
                    } catch (...) { // no memory to look: the compute will find none either
                    }
                    next = std::min(next, when);
                }
                wakes = next;
                changed.wait_until(lock, next);
            }
        }
    };

    // Never destroyed: its thread may be at work when the process ends.
    static watcher& the() {
        static auto* const all = new watcher;
        return *all;
    }

    run_inspector mine_;
};

} // namespace distproc::detail
