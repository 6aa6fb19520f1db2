// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace distproc {

/// The progress on rank 0's standard error: one line that is rewritten where that is a terminal, else a line every 10
/// %.
enum class progress : unsigned char { automatic, off };

/// What a run may be told beside its four parts. Must be equal on all ranks, `stop` excepted.
struct options {
    progress show = progress::automatic;
    /// Seed of the items' random streams.
    std::uint64_t seed = 0;
    /// Bytes per node for reading ahead, computing and buffers, shared by its ranks; 0: a quarter of what is free.
    std::size_t memory_bytes = 0;
    /// Seconds of computing that a block should take; blocks grow and shrink towards it while the run learns.
    double block_seconds = 0.1;
    /// Asks all ranks to stop after their current items; a request on one rank is enough.
    std::stop_token stop{};
};

} // namespace distproc
