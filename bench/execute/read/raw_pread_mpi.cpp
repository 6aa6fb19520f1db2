// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "read.hpp"

#include <mpi.h>

#include <cstddef>

namespace reading {

double raw_pread_mpi(const inputs& in) {
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const double mine = raw_pread(in, static_cast<std::size_t>(rank), static_cast<std::size_t>(size));
    double all = 0;
    MPI_Reduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    return all;
}

} // namespace reading
