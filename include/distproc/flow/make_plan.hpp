// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/array_record.hpp>
#include <distproc/core/compute.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/function_ref.hpp>
#include <distproc/core/granules.hpp>
#include <distproc/core/machine.hpp>
#include <distproc/core/options.hpp>
#include <distproc/core/parameters.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/concepts.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Collective: `mine()` on every rank; throws on all ranks where that throws on any, or tells one something else than
/// rank 0. `sentence(rank, theirs, ours)` says so. One gather of a few bytes.
inline void check_same(const team auto& ranks, stage where, function_ref<std::string()> mine,
                       std::string (*sentence)(const std::string&, const std::string&, const std::string&)) {
    const std::vector<std::string> all = agreed_gather(ranks, where, [&] {
        std::string message;
        save_bytes(message, std::size_t{ranks.node()});
        return message + mine();
    });
    const std::string ours = all[0].substr(sizeof(std::size_t));
    for (std::size_t r = 1; r < all.size(); ++r) {
        std::string_view theirs = all[r];
        const auto node = load_bytes<std::size_t>(theirs);
        if (theirs != ours) {
            throw execution_error(
                failure{where, no_item, r, node, sentence(std::to_string(r), std::string(theirs), ours)}, 0);
        }
    }
}

inline std::string executors_differ(const std::string& rank, const std::string& theirs, const std::string& ours) {
    return "rank " + rank + " runs on the executor " + theirs + ", but rank 0 on " + ours +
           "; give every rank the same (mpirun -x DISTPROC_EXECUTOR brings the variable to other nodes)";
}

/// What the environment asks for beside a run, or instead of one.
struct run_request {
    std::optional<std::size_t> item; ///< DISTPROC_ITEM
    bool dry_run = false;            ///< DISTPROC_DRY_RUN
    bool show_setup = false;         ///< DISTPROC_CHECK
    bool warn = false;               ///< this is the first run of every process, and DISTPROC_WARNINGS is not off
};

/// In this process, on whatever team.
inline std::atomic<bool> a_run_has_begun{false};

/// Collective: as rank 0 reads it, since launchers need not bring variables to other nodes.
[[nodiscard]] inline run_request read_request(const team auto& ranks) {
    const auto all = agreed_gather(ranks, stage::plan, [&] {
        std::string bytes;
        save_bytes(bytes, !a_run_has_begun.exchange(true));
        if (ranks.rank() == 0) {
            save_bytes(bytes, environment_number("DISTPROC_ITEM", "an item number").value_or(no_item));
            save_bytes(bytes, switched_on("DISTPROC_DRY_RUN"));
            save_bytes(bytes, switched_on("DISTPROC_CHECK"));
            save_bytes(bytes, !switched_off("DISTPROC_WARNINGS"));
        }
        return bytes;
    });
    bool first = true;
    for (std::string_view one : all) {
        first = load_bytes<bool>(one) && first;
    }
    std::string_view rest = all[0];
    run_request wanted;
    (void)load_bytes<bool>(rest);
    if (const auto item = load_bytes<std::size_t>(rest); item != no_item) {
        wanted.item = item;
    }
    wanted.dry_run = load_bytes<bool>(rest);
    wanted.show_setup = load_bytes<bool>(rest);
    wanted.warn = load_bytes<bool>(rest) && first;
    return wanted;
}

/// Throws `error` where an option has no meaning.
inline void check_options(const options& how) {
    if (!(how.item_timeout >= 0) || how.item_timeout > 1e9) {
        throw error("options::item_timeout is " + std::to_string(how.item_timeout) +
                    "; give the seconds that an item may take, or 0 for any time");
    }
    if (!(how.commit_seconds >= 0) || how.commit_seconds > 1e9) {
        throw error("options::commit_seconds is " + std::to_string(how.commit_seconds) +
                    "; give the seconds between two commits at most, 0 for a commit after each block");
    }
    if (!(how.block_seconds > 0)) {
        throw error("options::block_seconds is " + std::to_string(how.block_seconds) +
                    "; give the seconds that a block should take, above 0");
    }
}

/// Collective: bytes for the blocks and buffers of each rank, beside `workspace` in each of its `workers`. The least
/// that any can have, so that all plan the same. Throws on all ranks where an option has no meaning, or the workspace
/// does not fit on one.
[[nodiscard]] inline std::size_t agree_on_memory(const team auto& ranks, const options& how, std::size_t workers,
                                                 function_ref<std::size_t()> workspace_of_call) {
    const std::vector<std::string> all = agreed_gather(ranks, stage::plan, [&] {
        check_options(how);
        std::string mine;
        const std::size_t node_bytes = how.memory_bytes != 0 ? how.memory_bytes : default_budget_bytes();
        const std::size_t share = node_bytes / ranks.node_size();
        const std::size_t workspace = workspace_of_call();
        if (workspace != 0 && workspace >= share / workers) {
            throw error("the workspace_bytes of the compute, " + bytes_text(workspace) + " for each of " +
                        std::to_string(workers) + (workers == 1 ? " worker" : " workers") +
                        ", do not fit into this rank's " + bytes_text(share) +
                        "; raise options::memory_bytes, which is for all ranks of a node, or use fewer workers or "
                        "ranks");
        }
        save_bytes(mine, share - workers * workspace);
        return mine;
    });
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const std::string& one : all) {
        std::string_view rest = one;
        least = std::min(least, load_bytes<std::size_t>(rest));
    }
    return least;
}

/// A cell is made of neighbours in the sequence of items: where the writer has a grain, its rows must hold whole cells.
inline void check_cells_fit(const shape& items, const shape& grain, std::size_t cell) {
    if (cell == 1 || grain.empty() || volume(items) == 0) {
        return;
    }
    const bool rows_whole = items.back() % cell == 0;
    const bool boxes_whole = grain.back() % cell == 0 || grain.back() >= items.back();
    if (!rows_whole || !boxes_whole) {
        throw error("a compute of " + std::to_string(cell) +
                    " items at once does not fit a writer that takes boxes of " + to_string(grain) + " of " +
                    to_string(items) +
                    " items; make the last extent of both a multiple of the cell, or use the item form");
    }
}

/// How the results of a compute lie in memory, and what they hold.
template <class Result, class Compute>
[[nodiscard]] result_layout layout_of(const Compute& compute) {
    if constexpr (is_array_record<Result>) {
        std::string_view name = "values";
        if constexpr (requires {
                          { Compute::result_name } -> std::convertible_to<std::string_view>;
                      }) {
            name = Compute::result_name;
        }
        return describe_array_records<typename Result::element_type, typename Result::record_type>(
            compute.result_shape(), name);
    } else if constexpr (states_a_shape<Compute>) {
        return describe_arrays<Result>(compute.result_shape());
    } else {
        return describe<Result>();
    }
}

/// Throws `error` where all results together could not even be counted in bytes.
inline void check_size(const result_layout& result, std::size_t items) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4096; // so that small multiples fit too
    if (items != 0 && result.object_bytes > most / items) {
        throw error(std::to_string(items) + " results of " + std::to_string(result.object_bytes) +
                    " bytes are more than any memory or disk can hold; return less for each item");
    }
}

/// Granules for a writer that asks for so many neighbouring items: whole cells of the compute.
[[nodiscard]] inline granules grid_of(const shape& items, std::size_t length, std::size_t cell) {
    const std::size_t clamped = std::clamp<std::size_t>(length, 1, std::max<std::size_t>(1, volume(items)));
    return granules(items, (clamped + cell - 1) / cell * cell);
}
/// Granules for a writer that asks for boxes.
[[nodiscard]] inline granules grid_of(const shape& items, const shape& box, std::size_t cell) {
    check_cells_fit(items, box, cell);
    return granules(items, box);
}

/// The plan of a run, as this rank sees it; the same on all ranks if they were given the same.
template <class Result, class Opened, class Compute, class Writer>
plan make_plan(const Opened& source, const Compute& compute, const Writer& to, std::size_t memory_bytes,
               std::size_t domains) {
    plan what;
    what.result = layout_of<Result>(compute);
    const shape& items = source.items();
    check_size(what.result, volume(items));
    constexpr std::size_t cell = compute_traits<Compute, typename Opened::item>::cell();
    if constexpr (!is_list<Result> && requires { grain_of(to, what.result, items, domains); }) {
        what.grid = grid_of(items, grain_of(to, what.result, items, domains), cell);
    } else {
        what.grid = granules(items, cell);
    }
    what.remaining = index_set(what.grid.count());
    what.parameters = parameters_of(compute);
    if constexpr (requires {
                      { Compute::name } -> std::convertible_to<std::string_view>;
                  }) {
        what.compute = std::string(std::string_view(Compute::name));
    }
    what.source = source.description();
    what.source_files = source.files();
    what.memory_bytes = memory_bytes;
    return what;
}

/// Collective: `make()` on every rank; throws on all ranks where that throws, or where they were given different work.
[[nodiscard]] inline plan agree_on_plan(const team auto& ranks, std::string_view writer, const options& how,
                                        function_ref<plan()> make) {
    plan what;
    check_same(
        ranks, stage::plan,
        [&] {
            what = make();
            const result_layout& result = what.result;
            const shape& extents = result.members.front().extents;
            const std::string array = !result.record    ? " of shape " + to_string(extents)
                                      : extents.empty() ? std::string()
                                                        : ", the first of shape " + to_string(extents);
            return to_string(what.grid.items()) + " items in granules of " + std::to_string(what.grid.length()) +
                   ", results of " + std::to_string(result.packed_bytes) + " bytes in " +
                   std::to_string(result.members.size()) + " members" + array + ", seed " + std::to_string(how.seed) +
                   (how.errors.retries != 0 ? ", retries " + std::to_string(how.errors.retries) : "") +
                   (how.errors.skip ? ", failed items skipped" : "") +
                   (how.item_timeout > 0 ? ", item_timeout " + std::to_string(how.item_timeout) : "") +
                   ", the writer " + std::string(writer);
        },
        [](const std::string& rank, const std::string& theirs, const std::string& ours) {
            return "rank " + rank + " has " + theirs + ", but rank 0 has " + ours +
                   "; give every rank the same source, compute, writer and options";
        });
    return what;
}

} // namespace distproc::detail
