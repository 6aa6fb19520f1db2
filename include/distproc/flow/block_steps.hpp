// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/failure_log.hpp>
#include <distproc/core/options.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/supply.hpp>
#include <distproc/flow/block_sizer.hpp>
#include <distproc/flow/observer_calls.hpp>
#include <distproc/flow/open_grant.hpp>
#include <distproc/flow/rank_totals.hpp>
#include <distproc/flow/session_part.hpp>
#include <distproc/flow/slot_exchange.hpp>
#include <distproc/flow/worker.hpp>
#include <distproc/source/concepts.hpp>
#include <distproc/writer/concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <mutex>
#include <span>
#include <utility>

namespace distproc::detail {

/// What happens to a block on one rank: it is taken, read, computed and written. A step that throws notes it in the log
/// and stops the run on the node. `take` and `compute` are for any number of threads, `read` and `write` for one at a
/// time, with `reads_beside_writes` for one each, and `read` for any number with `reads_concurrently()`.
template <class Opened, class Session, class Compute, class Supply>
class block_steps {
public:
    using one_worker = worker<Opened, Compute>;
    using result = typename one_worker::result;
    using slot = block_slot<result>;
    static constexpr bool direct_write = Session::concurrent;
    static constexpr bool reads_beside_writes = distproc::reads_beside_writes<Opened>;

    block_steps(Opened& source, Session& session, const Compute& compute, const plan& what, Supply& supply,
                failure_log& log, const options& how, observer_calls& observers)
        : source_(source), session_(session), compute_(compute), plan_(what), supply_(supply), log_(log), how_(how),
          observers_(observers), sizer_(how.block_seconds, no_item / 2),
          reads_concurrently_((direct_write || reads_beside_writes) && distproc::reads_concurrently(source)),
          multiple_(granules_of_chunk(run_items_of(source), what)) {}

    /// Whether items must be read before they can be computed.
    [[nodiscard]] bool staged() const { return source_.staging_bytes(1) != 0; }
    /// Whether any number of threads may `read`, whoever writes meanwhile.
    [[nodiscard]] bool reads_concurrently() const noexcept { return reads_concurrently_; }
    [[nodiscard]] const block_sizer& sizer() const noexcept { return sizer_; }
    [[nodiscard]] bool stopping() { return supply_.flags().stopping(); }
    [[nodiscard]] bool exhausted() { return supply_.exhausted() && grant_.empty(); }
    using at_work = worker_at_session<one_worker, Session>;
    [[nodiscard]] at_work make_worker(std::size_t w) {
        return {{source_, compute_, supply_.flags(), how_.seed, plan_.result, how_.errors, log_, note_of(supply_, w)},
                part_of(session_)};
    }

    /// Shares the rank's memory over `slots` blocks in flight. Throws `error` where a granule does not fit.
    void bound_slots(std::size_t slots) {
        constexpr std::size_t sample = 64;
        const std::size_t each = (source_.staging_bytes(sample) + sample - 1) / sample + plan_.result.object_bytes;
        const std::size_t most_bytes = bytes_with_chunk(block_bytes_of(source_), run_items_of(source_) * each);
        const std::size_t whole = takes_pieces ? one_worker::traits::cell() : plan_.grid.length();
        const std::size_t granule = std::min(whole, plan_.grid.item_count());
        const std::size_t most =
            items_that_fit(plan_.memory_bytes, slots, granule, each, most_bytes, plan_.workspace_bytes);
        most_items_ = places && source_.staging_bytes(1) == 0 ? no_item / 2 : most;
    }

    /// Takes the next block; empty where none is at hand now.
    bool take(slot& s) {
        const std::size_t wanted = std::min(sizer_.items(), most_items_);
        const auto take_granules = [&](auto&& use) {
            const index_range places = take_from(supply_, wanted / plan_.grid.length(), multiple_);
            plan_.remaining.for_each_range(places, [&](index_range granules_to_do) {
                plan_.grid.for_each_run(granules_to_do, [&](index_range run) { use(run); });
            });
            return !places.empty();
        };
        const auto add = [&s](index_range run) { s.add(run); };
        s.clear();
        if constexpr (takes_pieces) {
            const auto refill = [&](auto& runs) { (void)take_granules([&](index_range run) { runs.push_back(run); }); };
            return grant_.take(wanted, one_worker::traits::cell(), refill, add);
        } else {
            return take_granules(add);
        }
    }

    /// Reads the items of a block; false where that failed.
    bool read(slot& s) noexcept {
        const stopwatch watch;
        std::size_t at = 0;
        std::size_t bytes = 0;
        std::size_t item = no_item;
        try {
            s.reserve_input(source_.staging_bytes(s.items));
            for (const index_range run : s.runs) {
                item = run.first;
                bytes += source_.read(run.first, run.size(), s.stage, at);
                at += run.size();
            }
            const std::scoped_lock lock(adding_);
            totals_.bytes_read += bytes;
            totals_.reading += watch.seconds();
            return true;
        } catch (...) {
            fail(stage::read, item);
            return false;
        }
    }

    /// Computes a block; with places, or small enough pieces, straight to where the results go. What was computed
    /// before an item that threw is a result like any other.
    void compute(slot& s, at_work& worker, worker_totals& mine) noexcept {
        one_worker& work = worker.work;
        const stopwatch watch;
        double writing = 0;
        s.placed.assign(s.runs.size(), false);
        s.skipped.clear();
        try {
            for (std::size_t r = 0; r < s.runs.size(); ++r) {
                const std::size_t done = compute_run(s, r, s.computed, worker, writing);
                s.computed += done;
                if constexpr (!direct_write && leaves_out<Session>) {
                    s.skipped.insert(s.skipped.end(), work.skipped().begin(), work.skipped().end());
                }
                if (work.failure()) {
                    std::rethrow_exception(work.failure());
                }
                if (done < s.runs[r].size()) {
                    break;
                }
            }
        } catch (...) {
            fail(stage::compute, work.failed_item());
        }
        const double seconds = std::max(0.0, watch.seconds() - writing);
        sizer_.learn(s.computed, seconds);
        mine.computing += seconds;
        mine.writing += writing;
        mine.items += s.computed;
        mine.blocks += 1;
        run_flags& flags = supply_.flags();
        const std::size_t all = flags.items_done.fetch_add(s.computed, std::memory_order_relaxed) + s.computed +
                                flags.items_done_elsewhere.load(std::memory_order_relaxed);
        observers_.computed({mine.worker, s.runs.front().first, s.computed, seconds, all});
    }

    /// Writes what is computed of a block, unless an earlier write failed.
    void write(slot& s) noexcept {
        if constexpr (!direct_write) {
            if (write_failed_) {
                return;
            }
            const stopwatch watch;
            std::size_t at = 0;
            std::size_t item = no_item;
            try {
                for (std::size_t r = 0; r < s.runs.size(); ++r) {
                    const std::size_t count = std::min(s.runs[r].size(), s.computed - at);
                    if (count == 0) {
                        break;
                    }
                    item = s.runs[r].first;
                    if (!s.placed[r]) {
                        const std::span<const result> some = values(s.output() + at * plan_.result.per_item, count);
                        write_results(session_, item, some, plan_.result.per_item, s.skipped);
                    }
                    at += count;
                }
            } catch (...) {
                write_failed_ = true;
                fail(stage::write, item);
            }
            const double seconds = watch.seconds();
            sizer_.learn_writing(s.computed, seconds);
            const std::scoped_lock lock(adding_); // workers that are done add theirs
            totals_.writing += seconds;
        }
    }

    /// What was written some time ago becomes durable, where the session commits by itself. For any thread.
    void commit_if_due() noexcept {
        if constexpr (requires { session_.commit_if_due(); }) {
            (void)went_well(stage::write, no_item, [&] { session_.commit_if_due(); });
        }
    }

    /// Notes the exception in hand and stops the run.
    void fail(stage where, std::size_t item = no_item) noexcept {
        log_.note_current(where, item);
        supply_.flags().request(stop_cause::failed);
    }

    void add_up(const worker_totals& mine, at_work& worker) {
        if constexpr (has_parts<Session>) {
            (void)went_well(stage::write, no_item, [&] { worker.to.flush(); });
        }
        const std::scoped_lock lock(adding_);
        totals_.add(mine, worker.work.timings());
    }
    /// What the steps took so far; to be asked once no thread is in them.
    [[nodiscard]] rank_totals& totals() noexcept { return totals_; }

private:
    static constexpr bool takes_pieces = takes_pieces_of_granules<Session>;
    static constexpr bool places = has_places<Session, result>;
    static_assert(check_session<Session, result>());

    /// Computes run `r` of a block; returns for how many of its items there are results. Throws what the compute
    /// throws.
    std::size_t compute_run(slot& s, std::size_t r, std::size_t at, at_work& worker, double& writing) {
        one_worker& work = worker.work;
        const index_range run = s.runs[r];
        const std::size_t checks = how_.item_timeout > 0 ? 1 : sizer_.items_between_checks();
        if constexpr (places) {
            result* there = nullptr;
            if (!went_well(stage::write, run.first, [&] { there = session_.place(run.first, run.size()); })) {
                return 0;
            }
            if (there != nullptr) {
                s.placed[r] = true;
                return work(run, s.stage, at, there, checks);
            }
        }
        if constexpr (direct_write) {
            const std::size_t piece = one_worker::items_at_once(plan_.result.object_bytes);
            std::size_t done = 0;
            result* buffer = s.reserve_output(std::min(piece, run.size()) * plan_.result.per_item);
            while (done < run.size()) {
                const index_range part{run.first + done, std::min(run.last, run.first + done + piece)};
                const std::size_t computed = work(part, s.stage, at + done, buffer, checks);
                work.expect({part.last, std::min(run.last, part.last + piece)});
                if (computed != 0 && !write_now(worker, part.first, values(buffer, computed), writing)) {
                    break;
                }
                done += computed;
                if (computed < part.size()) {
                    break;
                }
            }
            return done;
        } else {
            const std::size_t per_item = plan_.result.per_item;
            return work(run, s.stage, at, s.reserve_output(s.items * per_item) + at * per_item, checks);
        }
    }

    /// The time that a worker's own part takes counts as computing.
    bool write_now(at_work& worker, std::size_t first, std::span<const result> results, double& seconds) noexcept {
        const auto write = [&] {
            write_results(worker.to, first, results, plan_.result.per_item, worker.work.skipped());
        };
        if constexpr (has_parts<Session>) {
            return went_well(stage::write, first, write);
        } else {
            const stopwatch watch;
            const bool well = went_well(stage::write, first, write);
            seconds += watch.seconds();
            return well;
        }
    }
    /// Takes a step; notes it where that throws.
    template <class Step>
    bool went_well(stage where, std::size_t item, Step&& step) noexcept {
        try {
            step();
            return true;
        } catch (...) {
            fail(where, item);
            return false;
        }
    }

    [[nodiscard]] std::span<const result> values(const result* first, std::size_t items) const noexcept {
        return {first, items * plan_.result.per_item};
    }

    Opened& source_;
    Session& session_;
    const Compute& compute_;
    const plan& plan_;
    Supply& supply_;
    failure_log& log_;
    const options& how_;
    observer_calls& observers_;
    block_sizer sizer_;
    bool reads_concurrently_;
    std::size_t multiple_; ///< of granules, at which chunks of the source end
    std::size_t most_items_ = 1;
    open_grant grant_;
    std::mutex adding_;
    rank_totals totals_; // reading and writing: of all threads that do I/O
    bool write_failed_ = false;
};

} // namespace distproc::detail
