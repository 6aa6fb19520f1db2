// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/run_flags.hpp>
#include <distproc/core/work_queue.hpp>

#include <atomic>
#include <cstdint>

namespace distproc::detail {

/// What the ranks of one node share while a run lasts; lies in node memory.
struct node_board {
    work_queue queue;
    run_flags flags;
    alignas(64) std::atomic<std::uint32_t> exhausted{0}; ///< nothing will come from other nodes
    std::atomic<std::uint32_t> hungry{0};                ///< a worker came and found the queue empty
    std::atomic<std::uint32_t> ranks_finished{0};
    std::atomic<std::uint32_t> closed{0}; ///< the ranks of all nodes have finished
};

} // namespace distproc::detail
