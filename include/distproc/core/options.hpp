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

/// What becomes of an item whose compute throws. A cell fails as a whole.
struct error_policy {
    std::size_t retries = 0; ///< how often it is tried again, see `context::attempt`, before it has failed
    /// false: the run stops. true: it goes on; the output has a mark in place of the result (NaN in floating-point
    /// numbers, 0 in all others, an empty list), reductions leave the item out, and `report::failed` says which.
    bool skip = false;
};

/// What a run may be told beside its four parts. Must be equal on all ranks, `stop` excepted.
struct options {
    progress show = progress::automatic;
    /// Seed of the items' random streams.
    std::uint64_t seed = 0;
    /// Bytes per node for reading ahead, computing and buffers, shared by its ranks; 0: a quarter of what is free.
    std::size_t memory_bytes = 0;
    /// Seconds of computing that a block should take; blocks grow and shrink towards it while the run learns.
    double block_seconds = 0.1;
    error_policy errors{};
    /// Seconds between two commits of a writing rank at most: what a kill can lose, where the output can be resumed.
    /// They come more often where they cost less than a fiftieth of the time.
    double commit_seconds = 10;
    /// Seconds after which an item has failed, whatever it returns; 0: none. It is named at once, and then learns of it
    /// by `context::stop_requested`. One that does not return in twice that time ends the job, since nothing else can
    /// end it. Not tried again.
    double item_timeout = 0;
    /// Asks all ranks to stop after their current items; a request on one rank is enough.
    std::stop_token stop{};
};

} // namespace distproc
