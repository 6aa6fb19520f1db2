// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/failed_items.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/function_ref.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/observer.hpp>
#include <distproc/core/options.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/flow/gather_report.hpp>
#include <distproc/flow/make_plan.hpp>
#include <distproc/flow/observer_calls.hpp>
#include <distproc/flow/rank_totals.hpp>
#include <distproc/flow/run_watch.hpp>
#include <distproc/flow/session_calls.hpp>
#include <distproc/flow/trial_runs.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc::detail {

/// How far all ranks together have come.
struct run_end {
    std::size_t computed = 0;
    bool stopping = false;
    failed_items failed; ///< that were skipped
};

/// Collective: sums over the ranks; throws what any of them noted. One gather of a few bytes, up to 32 KiB where items
/// failed.
[[nodiscard]] run_end settle(const team auto& ranks, const failure_log& log, const run_end& mine) {
    std::string bytes;
    save_bytes(bytes, mine.computed);
    save_bytes(bytes, mine.stopping);
    save_bytes(bytes, mine.failed);
    run_end all;
    for (const std::string& one : gather_unless_failed(ranks, log, bytes)) {
        std::string_view rest = one;
        all.computed += load_bytes<std::size_t>(rest);
        all.stopping = load_bytes<bool>(rest) || all.stopping;
        all.failed.add(load_bytes<failed_items>(rest));
    }
    return all;
}

/// Collective: closes the session, then throws the first failure of the run, else of closing, on all ranks. Returns the
/// session's own account of what it did.
inline traffic close_session(session_calls& session, const team auto& ranks,
                             const std::optional<execution_error>& failed, outcome how, std::string& description) {
    failure_log log(ranks.rank(), ranks.node());
    traffic moved;
    try {
        session.close(failed ? outcome::failed : how);
        moved = session.moved();
        description = session.description();
    } catch (...) {
        log.note_current(stage::close);
    }
    if (failed) {
        throw *failed;
    }
    agree_on_failures(ranks, log);
    return moved;
}

/// Collective: what the session says is done is taken from what is to do. Throws on all ranks where it cannot say, or
/// says different things on different ranks.
inline void leave_out_done(session_calls& session, const team auto& ranks, plan& what) {
    check_same(
        ranks, stage::open,
        [&] {
            what.remaining = session.done().complement(what.grid.count());
            std::size_t mark = 0; // of the ranges: two sets of one size are told apart
            for (const index_range range : what.remaining.ranges()) {
                mark = (mark * 0x9E3779B97F4A7C15U + range.first) * 0x9E3779B97F4A7C15U + range.last;
            }
            return std::to_string(what.remaining.size()) + " granules to do (mark " + std::to_string(mark) + ")";
        },
        [](const std::string& rank, const std::string& theirs, const std::string& ours) {
            return "the writer's session leaves " + theirs + " on rank " + rank + ", but " + ours +
                   " on rank 0; its done() must be equal on all ranks";
        });
}

/// What the flow of one rank leaves behind.
struct flow_end {
    rank_totals totals;
    bool stopping = false;
};

/// Where an executor's workers take their blocks.
template <class Executor>
using supply_of = std::remove_cvref_t<decltype(std::declval<const Executor&>().supply(
    std::declval<const Executor&>().make_team(), std::size_t{}, std::size_t{}))>;

/// Watches a run on this rank. A serial one only where it has an `item_timeout`, since it has no other thread.
template <class Executor>
std::unique_ptr<run_watch> watch_run(supply_of<Executor>& supply, const team auto& ranks, std::size_t width,
                                     const options& how) {
    const bool off = switched_off("DISTPROC_WATCHDOG");
    if (how.item_timeout == 0 && (off || !Executor::overlaps)) {
        return nullptr;
    }
    watched_run run{ranks.rank(), ranks.node_size(), {}, how.item_timeout, !off};
    for (std::size_t w = 0; w < width && note_of(supply, w) != nullptr; ++w) {
        run.workers.push_back(note_of(supply, w));
    }
    if (run.workers.empty() && how.item_timeout > 0) {
        throw error(
            "options::item_timeout is set, but the executor's supply does not say what its workers are at; give "
            "it note_of (see core/supply.hpp), or leave the option out");
    }
    return std::make_unique<run_watch>(std::move(run));
}

/// Blocks flow through this rank, by `blocks`; then it has finished. Failures are noted in the log. Collective in so
/// far as the executor's supply is.
template <class Executor>
flow_end flow_on_rank(session_calls& session, const Executor& executor, const team auto& ranks, std::size_t width,
                      const plan& what, const options& how, observer_calls& observers, failure_log& log,
                      function_ref<rank_totals(supply_of<Executor>&)> blocks) {
    flow_end end;
    bool finished = false;
    try {
        supply_of<Executor> supply = executor.supply(ranks, width, what.remaining.size());
        run_flags& flags = supply.flags();
        const std::stop_callback on_stop(how.stop, [&flags] { flags.request(stop_cause::requested); });
        const auto items_done = [&] { return static_cast<std::size_t>(flags.items_done + flags.items_done_elsewhere); };
        try {
            session.watch(flags);
            const auto watching = watch_run<Executor>(supply, ranks, width, how);
            observers.started({&what, ranks.rank(), ranks.size(), ranks.nodes(), width, what.remaining_items()});
            end.totals = blocks(supply);
        } catch (...) {
            log.note_current(stage::plan);
        }
        if (log.count() != 0) {
            flags.request(stop_cause::failed);
        }
        finished = true;
        finish_session(session, log);
        if (log.count() != 0) {
            flags.request(stop_cause::failed);
        }
        try {
            const auto idle = [&] { observers.waiting(items_done()); };
            supply.finish(function_ref<void()>(idle));
        } catch (...) {
            log.note_current(stage::compute);
        }
        end.stopping = flags.stopping();
        observers.ended(items_done());
    } catch (...) {
        log.note_current(stage::plan);
    }
    if (!finished) {
        finish_session(session, log);
    }
    return end;
}

/// Collective: a run from the open session to its end, with `flow`, which throws nothing, on each rank. Returns the
/// report or throws the same on every rank; finish and close of the session are called exactly once, whatever happens.
report run_session(session_calls& session, const team auto& ranks, plan& what, const stopwatch& since,
                   function_ref<flow_end(failure_log&)> flow) {
    failure_log log(ranks.rank(), ranks.node());
    std::optional<execution_error> failed;
    flow_end end;
    bool complete = true;
    failed_items skipped;
    try {
        leave_out_done(session, ranks, what);
    } catch (const execution_error& e) {
        failed = e;
        finish_session(session, log);
    }
    if (!failed) {
        end = flow(log);
        run_end all;
        try {
            all = settle(ranks, log, {end.totals.items, end.stopping, log.skipped()});
            complete = all.computed == what.remaining_items();
            skipped = std::move(all.failed);
        } catch (const execution_error& e) {
            failed = e;
        }
        if (!failed && !complete && (!all.stopping || all.computed > what.remaining_items())) {
            failed.emplace(failure{stage::compute, no_item, 0, 0,
                                   std::to_string(all.computed) + " items were computed instead of " +
                                       std::to_string(what.remaining_items()) +
                                       ", though nobody asked to stop; the executor's run or supply gave too few or "
                                       "some twice (see executor/concepts.hpp)"},
                           std::size_t{0});
        }
    }
    if (!failed && !skipped.empty()) {
        try {
            agreed(ranks, stage::close, [&] { session.failed(skipped); });
        } catch (const execution_error& e) {
            failed = e;
        }
    }
    std::string description;
    const traffic moved =
        close_session(session, ranks, failed, complete ? outcome::complete : outcome::stopped, description);
    report all = gather_report(ranks, end.totals, moved, since.seconds(), description);
    all.stopped = !complete;
    all.failed = std::move(skipped);
    return all;
}

/// Collective: DISTPROC_DRY_RUN, from the open session to its end.
report try_session(session_calls& session, const team auto& ranks, plan& what, std::size_t width) {
    failure_log log(ranks.rank(), ranks.node());
    std::optional<execution_error> failed;
    std::string description;
    try {
        leave_out_done(session, ranks, what);
        description = agreed(ranks, stage::open, [&] { return session.description(); });
    } catch (const execution_error& e) {
        failed = e;
    }
    finish_session(session, log);
    try {
        agree_on_failures(ranks, log);
    } catch (const execution_error& e) {
        failed = failed ? failed : e;
    }
    if (!failed) {
        print_dry_run(ranks, what, description, width);
    }
    (void)close_session(session, ranks, failed, outcome::stopped, description);
    report all;
    all.trial = true;
    all.output = ranks.broadcast(std::move(description), 0);
    return all;
}

} // namespace distproc::detail
