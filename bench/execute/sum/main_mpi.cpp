// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Over ranks, all of one node: mpirun -n 2 bench_sum_mpi. A run takes as long as on its slowest rank.

#include "../../common/slowest_rank.hpp"
#include "compare.hpp"

#include <mpi.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    int support = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &support);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    try {
        const bench::arguments given(argc, argv);
        bench::table results(given, rank == 0);
        sums::sum_bench bench(given.items_or(100'000'000), results);
        bench.add("raw MPI", sums::raw_mpi, "mpi", sums::distproc_mpi, 1.05, rank == 0,
                  [](auto& f) { return bench::seconds_of_slowest(f); });
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Finalize();
    return 0;
}
