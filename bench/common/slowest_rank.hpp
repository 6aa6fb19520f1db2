// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "table.hpp"

#include <mpi.h>

namespace bench {

/// Collective: how long f() took on the rank where it took longest; all begin together.
template <class F>
[[nodiscard]] double seconds_of_slowest(F&& f) {
    MPI_Barrier(MPI_COMM_WORLD);
    double seconds = wall_seconds(f);
    MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return seconds;
}

} // namespace bench
