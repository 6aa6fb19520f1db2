// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <string>

namespace distproc {

/// How the whole job ended, agreed by all ranks: the code of the worst rank, and what the lowest failing rank said.
struct exit_state {
    int code = 0;
    std::size_t rank = 0;
    std::string message;
    bool alone = false; ///< the others did not come in time: this rank speaks for itself and ends the job
};

} // namespace distproc
