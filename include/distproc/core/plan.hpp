// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/describe.hpp>
#include <distproc/core/granules.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/parameters.hpp>
#include <distproc/core/shape.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace distproc {

/// What a run is going to do: equal on all ranks, complete before the writer opens. A plan is any set of granules still
/// to do, never "all of [0, n)": `remaining` is what is left of `grid` once the session has said what is done already.
struct plan {
    granules grid;                     ///< item axes and the fixed grid of granules over them
    index_set remaining;               ///< granules to compute in this run
    result_layout result;              ///< members of one result
    std::vector<parameter> parameters; ///< of the compute, from its `serialize`; empty without one
    std::string compute;               ///< the compute's `name`, else empty
    std::string source;                ///< in words: "scan.h5:/Channel_000/generic/generic"
    std::vector<std::string> source_files;
    std::size_t memory_bytes = 0;    ///< this rank's share of the node's budget, for blocks and the writer's buffers
    std::size_t workspace_bytes = 0; ///< beside that: what this rank's workers need to call the compute
    std::string fingerprint;    ///< what the work is, see checkpoint/fingerprint.hpp; empty where nobody may resume it
    std::string unrecognised;   ///< why there is no fingerprint, and what to add
    bool skips_failed = false;  ///< items that fail are left out, and named in the output
    double commit_seconds = 10; ///< between two commits, at most
    bool dry_run = false;       ///< create, describe and remove the output; no item will come

    /// Items of the granules still to do. O(ranges to do) for linear granules, else O(granules to do).
    [[nodiscard]] std::size_t remaining_items() const {
        std::size_t items = 0;
        for (const index_range range : remaining.ranges()) {
            grid.for_each_run(range, [&](index_range run) { items += run.size(); });
        }
        return items;
    }
};

/// How a run ended, for a session that closes.
enum class outcome : unsigned char { complete, stopped, failed };

/// Bytes that a source or session moved, counted on one rank.
struct traffic {
    std::size_t written = 0;       ///< to files
    std::size_t between_ranks = 0; ///< through node memory to another rank
    std::size_t between_nodes = 0; ///< over the network
};

} // namespace distproc
