// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/plan.hpp>

#include <cstddef>

namespace distproc {

/// What an observer learns when a run starts; valid until the run ends.
struct run_start {
    const plan* what = nullptr;
    std::size_t rank = 0;
    std::size_t ranks = 1;
    std::size_t nodes = 1;
    std::size_t workers = 1; ///< of this rank
    std::size_t items = 0;   ///< to do in this run, over all ranks
};

/// One block has been computed by this rank.
struct block_event {
    std::size_t worker = 0;
    std::size_t first = 0;      ///< lowest item of the block
    std::size_t items = 0;      ///< in the block
    double seconds = 0;         ///< computing it
    std::size_t items_done = 0; ///< of the whole run, as far as this node knows
};

/// Looks at a run without changing it: progress, traces, dashboards. It gets read-only views. Calls on one rank:
/// `started` once, before the first item; `computed` after each block, from the worker's thread, several at once;
/// `waiting` now and then while this rank waits for others; `ended` once after `started`, also after a failure. None
/// may throw.
template <class O>
concept observer = requires(O& o, const run_start& start, const block_event& block, std::size_t items_done) {
                       o.started(start);
                       o.computed(block);
                       o.waiting(items_done);
                       o.ended(items_done);
                   };

/// Sees nothing: the default, and a base for observers that care for one event only.
struct null_observer {
    void started(const run_start&) noexcept {}
    void computed(const block_event&) noexcept {}
    void waiting(std::size_t) noexcept {}
    void ended(std::size_t) noexcept {}
};

static_assert(observer<null_observer>);

} // namespace distproc
