// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/array_record.hpp>
#include <distproc/core/compute.hpp>
#include <distproc/core/cores.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/observer.hpp>
#include <distproc/core/options.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/executor/concepts.hpp>
#include <distproc/flow/block_steps.hpp>
#include <distproc/flow/observer_calls.hpp>
#include <distproc/flow/rank_flow.hpp>
#include <distproc/flow/recognise.hpp>
#include <distproc/flow/run_session.hpp>
#include <distproc/flow/session_calls.hpp>
#include <distproc/flow/startup_check.hpp>
#include <distproc/flow/trial_runs.hpp>
#include <distproc/observe/progress_line.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/source/as_source.hpp>
#include <distproc/source/concepts.hpp>
#include <distproc/writer/concepts.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace distproc {

namespace detail {

inline void say_executor_is_fixed(std::string_view name, std::size_t rank) {
    static std::atomic<bool> said = false;
    const auto wanted = environment_variable("DISTPROC_EXECUTOR");
    if (wanted && *wanted != name && rank == 0 && !said.exchange(true)) {
        std::fprintf(
            stderr,
            "distproc: DISTPROC_EXECUTOR=%s has no effect: this program's executor is fixed as %.*s at compile "
            "time (any_executor leaves the choice)\n",
            wanted->c_str(), static_cast<int>(name.size()), name.data());
    }
}

template <class Compute, class Executor, class Writer, class Source, class... Observers>
report execute_on(const Source& policy, const Compute& compute, const Executor& executor, const Writer& to,
                  const options& how, Observers&... watching) {
    using opened = std::remove_cvref_t<decltype(policy.open())>;
    using result = typename compute_traits<Compute, typename opened::item>::result;

    const stopwatch whole;
    const auto ranks = executor.make_team();
    check_same(
        ranks, stage::plan, [] { return std::string(std::string_view(Executor::name)); }, executors_differ);
    say_executor_is_fixed(Executor::name, ranks.rank());
    opened source = agreed(ranks, stage::plan, [&] { return policy.open(); });

    const run_request request = read_request(ranks);
    if (request.item) {
        agreed(ranks, stage::compute, [&] {
            if (ranks.rank() == 0) {
                compute_one_item(source, compute, *request.item, how);
            }
        });
        report one;
        one.trial = true;
        one.items = 1;
        one.items_total = volume(source.items());
        return one;
    }

    const std::size_t width =
        agreed(ranks, stage::plan, [&] { return static_cast<std::size_t>(executor.width(ranks)); });
    std::size_t workspace = 0;
    const std::size_t memory = agree_on_memory(ranks, how, width, [&] { return workspace = workspace_of(compute); });
    plan what = agree_on_plan(ranks, Writer::name, how,
                              [&] { return make_plan<result>(source, compute, to, memory, domains_of(to, ranks)); });
    what.dry_run = request.dry_run;
    what.skips_failed = how.errors.skip;
    what.commit_seconds = how.commit_seconds;
    if constexpr (resumes_outputs<Writer> && !is_list<result>) {
        recognise_for_all(ranks, what, source, compute, how);
    }
    what.workspace_bytes = width * workspace;
    if (request.show_setup || request.warn) {
        check_startup(ranks, width, what, request.show_setup, [&] { return parts_of(executor, to, ranks); });
    }
    auto session = agreed(ranks, stage::open, [&] { return to.template open<result>(what, ranks); });
    session_calls_of calls(session);
    report all;
    if (what.dry_run) {
        all = try_session(calls, ranks, what, width);
    } else {
        progress_line progress(ranks.rank() == 0 && how.show == progress::automatic);
        observer_list<progress_line, Observers...> observers(progress, watching...);
        all = run_session(calls, ranks, what, whole, [&](failure_log& log) {
            return flow_on_rank(calls, executor, ranks, width, what, how, observers, log,
                                [&](supply_of<Executor>& supply) {
                                    block_steps steps(source, session, compute, what, supply, log, how, observers);
                                    return rank_flow(steps).run(executor, width,
                                                                [&] { return no_core_left(width, ranks.node_size()); });
                                });
        });
    }
    all.executor = Executor::name;
    all.writer = Writer::name;
    all.source = what.source;
    all.items_total = what.grid.item_count();
    all.items_before = all.trial ? 0 : all.items_total - what.remaining_items();
    return all;
}

} // namespace detail

/// Collective over the executor's ranks. Computes `compute(item)` for every item of `source` on `executor`, brings the
/// results to `writer`, and returns one report, equal on all ranks. The heart of the library: changing the executor or
/// the writer changes nothing else, and not one bit of the results.
///
/// \param source   any sized random-access range, or a source policy such as `hdf5_source<double>{file, dataset}`
/// \param compute  see `compute`: item, item with context, array, or cell
/// \param how      seed, memory, progress, stop; equal on all ranks
/// \param watching observers, see `observer`; they must live as long as the call
/// \throws execution_error on every rank, with the same content, whatever went wrong and wherever: the lowest failed
///         item and its rank, node and message. Results that were written before stay written.
///
/// Communication: a handful of small collectives before and after the flow; none while blocks flow.
/// DISTPROC_ITEM=17 computes that item alone and prints its result; DISTPROC_DRY_RUN=1 prints the plan and computes
/// nothing; DISTPROC_CHECK=1 prints how the run is set up.
template <class Compute, class Executor, class Writer, class Source, class... Observers>
report execute(Source&& source, Compute compute, Executor executor, Writer writer, const options& how = {},
               Observers&... watching) {
    static_assert(
        distproc::source<Source>,
        "execute: the first argument is no source; give it a sized random-access range (std::vector, std::span, "
        "std::views::iota) or a source policy such as hdf5_source");
    static_assert(distproc::executor<Executor> || executor_choice<Executor>,
                  "execute: the third argument is no executor; give it serial_executor, tbb_executor, mpi_executor, "
                  "hybrid_executor or your own (see executor/concepts.hpp)");
    static_assert((observer<Observers> && ...), "execute: an argument after the options is no observer; it needs "
                                                "started, computed, waiting and ended (see core/observer.hpp)");
    if constexpr (executor_choice<Executor>) {
        return executor.visit([&](const auto& chosen) {
            return execute<Compute>(std::forward<Source>(source), std::move(compute), chosen, std::move(writer), how,
                                    watching...);
        });
    } else if constexpr (distproc::source<Source> && distproc::executor<Executor>) {
        auto policy = as_source(std::forward<Source>(source));
        using item = typename std::remove_cvref_t<decltype(policy.open())>::item;
        static_assert(
            distproc::compute<Compute, item>,
            "execute: the second argument cannot be called with an item of the source; a compute takes (item), "
            "(item, distproc::context&), (item, span of elements) with result_shape and result_type, or, as a cell "
            "with "
            "cell_size and result_type, (span of items, span of results)");
        if constexpr (distproc::compute<Compute, item>) {
            using traits = compute_traits<Compute, item>;
            using result = typename traits::result;
            static_assert(
                !detail::states_a_shape<Compute> ||
                    (traits::form != compute_form::item && traits::form != compute_form::item_with_context),
                "execute: the compute has result_shape, but cannot be called with (item, span of elements); give "
                "it that form, or remove result_shape");
            static_assert(detail::storable_beside_array<result>,
                          "execute: the compute fills an array, and what it returns cannot be stored beside it; return "
                          "nothing, or a trivially copyable struct that names its members in serialize");
            static_assert(!detail::is_list<typename traits::returned>,
                          "execute: the compute returns a list_view, which points to memory that is not the result's "
                          "own; return a std::vector");
            static_assert(traits::form != compute_form::cell || !detail::is_vector<typename traits::returned>,
                          "execute: a cell compute cannot have results of variable length; take one item at a time and "
                          "return a std::vector");
            constexpr bool storable = detail::is_array_record<result>
                                          ? detail::storable_beside_array<result>
                                          : describable<result> && !detail::is_list<typename traits::returned>;
            static_assert(detail::is_array_record<result> || storable || detail::is_list<typename traits::returned>,
                          "execute: the compute's result cannot be stored; return a number, bool, enum, std::complex, "
                          "std::array of these, a trivially copyable struct that names its members in serialize, or a "
                          "std::vector of numbers, enums or std::complex (of char instead of bool); for arrays of one "
                          "length that is known at run time see distproc::arrays");
            constexpr bool taken = !detail::is_list<result> || detail::takes_lists<Writer>;
            static_assert(!storable || taken,
                          "execute: the writer takes no results of variable length, and the compute returns a "
                          "std::vector; give it memory_writer, hdf5_writer, compressed_hdf5_writer, shard_writer, "
                          "null_writer, or node_gather of one of these; or return arrays of one length, see "
                          "distproc::arrays");
            if constexpr (storable && taken) {
                static_assert(
                    distproc::writer<Writer, result, decltype(executor.make_team())>,
                    "execute: the fourth argument is no writer for these results; give it memory_writer{results}, "
                    "hdf5_writer, compressed_hdf5_writer, shard_writer, compressed_shard_writer, reduce_writer, "
                    "null_writer, node_gather of one of them, or your own (see writer/concepts.hpp)");
                if constexpr (distproc::writer<Writer, result, decltype(executor.make_team())>) {
                    return detail::execute_on(policy, compute, executor, writer, how, watching...);
                }
            }
        }
    }
}

} // namespace distproc
