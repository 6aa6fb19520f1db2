// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <mpi.h>
#include <tbb/info.h>

#include <algorithm>
#include <cstddef>

namespace fit {

/// The node's cores, divided among its ranks.
inline std::size_t threads_of_rank() {
    int ranks = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    return static_cast<std::size_t>(std::max(1, tbb::info::default_concurrency() / ranks));
}

} // namespace fit
