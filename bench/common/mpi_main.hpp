// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "table.hpp"

#include <mpi.h>

#include <cstdio>
#include <exception>

namespace bench {

struct rank_place {
    int rank = 0;
    int size = 1;
};

/// `body(arguments, place)` between the start and the end of MPI. An error ends the job.
template <class Body>
int run_on_ranks(int argc, char** argv, Body&& body, int threads = MPI_THREAD_SERIALIZED) {
    int support = 0;
    MPI_Init_thread(&argc, &argv, threads, &support);
    rank_place here;
    MPI_Comm_rank(MPI_COMM_WORLD, &here.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &here.size);
    try {
        body(arguments(argc, argv), here);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Finalize();
    return 0;
}

} // namespace bench
