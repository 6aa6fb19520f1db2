// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <string>

namespace distproc {

/// The exit code of a run that was stopped and goes on when it is started again: EX_TEMPFAIL of <sysexits.h>, at which
/// batch systems put a job back into the queue.
inline constexpr int exit_stopped = 75;

/// How the whole job ended, agreed by all ranks: the code of the worst rank, and what the lowest failing rank said.
struct exit_state {
    int code = 0;
    std::size_t rank = 0;
    std::string message;
    bool alone = false; ///< the others did not come in time: this rank speaks for itself and ends the job
};

} // namespace distproc
