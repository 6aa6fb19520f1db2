// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/options.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/result_text.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/core/team.hpp>
#include <distproc/flow/make_plan.hpp>
#include <distproc/flow/slot_exchange.hpp>
#include <distproc/flow/worker.hpp>
#include <distproc/observe/report.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace distproc::detail {

/// The items that must be computed together to compute `item` of `items`: its cell.
[[nodiscard]] inline index_range cell_of(std::size_t item, std::size_t items, std::size_t cell) {
    if (item >= items) {
        throw error("DISTPROC_ITEM=" + std::to_string(item) + " names no item: the source has " +
                    std::to_string(items) + ", numbered from 0");
    }
    return {item / cell * cell, std::min(items, item / cell * cell + cell)};
}

inline void print_item(std::size_t item, std::size_t items, const std::string& text) {
    std::printf("item %zu of %zu: %s\n", item, items, text.c_str());
    std::fflush(stdout);
}

/// DISTPROC_ITEM: computes one item in this thread and prints its result. For a debugger: no thread, no output file.
template <class Opened, class Compute>
void compute_one_item(Opened& source, const Compute& compute, std::size_t item, const options& how) {
    using one_worker = worker<Opened, Compute>;
    using result = typename one_worker::result;
    const std::size_t n = volume(source.items());
    const index_range run = cell_of(item, n, one_worker::traits::cell());
    block_slot<result> block;
    block.add(run);
    block.reserve_input(source.staging_bytes(run.size()));
    (void)source.read(run.first, run.size(), block.stage, 0);
    const run_flags flags;
    const result_layout layout = layout_of<result>(compute);
    const error_policy errors; // what it throws is shown
    failure_log log(0, 0);
    one_worker work(source, compute, flags, how.seed, layout, errors, log);
    result* results = block.reserve_output(run.size() * layout.per_item);
    (void)work(run, block.stage, 0, results, run.size());
    if (work.failure()) {
        std::rethrow_exception(work.failure());
    }
    const result* const wanted = results + (item - run.first) * layout.per_item;
    if constexpr (is_list<result>) {
        const auto* values = reinterpret_cast<const std::byte*>(wanted->data);
        print_item(item, n, to_text(layout.members[0].kind, {wanted->size}, values));
    } else {
        print_item(item, n, to_text(layout, reinterpret_cast<const std::byte*>(wanted)));
    }
}

/// Collective. DISTPROC_DRY_RUN: what the run would do, printed by rank 0.
inline void print_dry_run(const team auto& ranks, const plan& what, const std::string& output, std::size_t width) {
    struct place {
        std::size_t node, workers, memory, workspace;
    };
    std::string mine;
    save_bytes(mine, place{ranks.node(), width, what.memory_bytes + what.workspace_bytes, what.workspace_bytes});
    const std::vector<std::string> all = ranks.all_gather(mine);
    if (ranks.rank() != 0) {
        return;
    }
    std::printf("dry run: nothing is computed\n  source   %s\n  items    %s (%zu)\n  result   %s%zu bytes:",
                what.source.c_str(), to_string(what.grid.items()).c_str(), what.grid.item_count(),
                what.result.lists ? "lists of any length, " : "", what.result.packed_bytes);
    for (const result_member& m : what.result.members) {
        std::printf(" %s%s", m.name.empty() ? "value" : m.name.c_str(), &m == &what.result.members.back() ? "\n" : ",");
    }
    std::printf("  output   %s\n  blocks   %zu granules of %zu, %zu still to do; a block is one or more granules\n",
                output.c_str(), what.grid.count(), what.grid.length(), what.remaining.size());
    if (const std::size_t left = what.remaining_items(); left != what.grid.item_count()) {
        std::printf("  done     %zu items, by earlier runs\n", what.grid.item_count() - left);
    }
    if (!what.unrecognised.empty()) {
        std::printf("  resume   when it is interrupted, no run can go on with it, because %s\n",
                    what.unrecognised.c_str());
    }
    for (std::size_t node = 0; node < ranks.nodes(); ++node) {
        std::size_t count = 0;
        std::size_t workers = 0;
        std::size_t memory = 0;
        std::size_t workspace = 0;
        for (const std::string& bytes : all) {
            std::string_view rest = bytes;
            const auto one = load_bytes<place>(rest);
            if (one.node == node) {
                ++count;
                workers += one.workers;
                memory += one.memory;
                workspace += one.workspace;
            }
        }
        const std::string part = workspace == 0 ? "" : ", of which for calls of the compute: " + bytes_text(workspace);
        std::printf("  node %zu   ranks: %zu, workers: %zu, memory: %s%s\n", node, count, workers,
                    bytes_text(memory).c_str(), part.c_str());
    }
    std::fflush(stdout);
}

} // namespace distproc::detail
