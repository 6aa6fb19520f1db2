// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On two ranks: mpirun -n 2 bench_fine_mpi. The plain loop runs on rank 0.

#include "../../common/mpi_main.hpp"
#include "../../common/slowest_rank.hpp"
#include "compare.hpp"

#include <mpi.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace {

void on_rank_0(const fine::job& all) {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        fine::half_of_plain_loop(all);
    }
}

} // namespace

int main(int argc, char** argv) {
    return bench::run_on_ranks(argc, argv, [](const bench::arguments& given, bench::rank_place here) {
        if (here.size != 2) {
            throw std::runtime_error("this benchmark is for 2 ranks");
        }
        bench::table results(given, here.rank == 0);
        std::uint64_t links = here.rank == 0 ? bench::links_for(1e-6) : 0;
        MPI_Bcast(&links, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
        std::vector<double> out;
        const fine::job all{given.items_or(1'000'000), links, &out};
        bench::table::pairs_of_seconds self;
        const auto seconds = [](auto& f) { return bench::seconds_of_slowest(f); };
        const bool root = here.rank == 0;
        fine::compare(results, all, "mpi, 2 ranks, null", on_rank_0, fine::distproc_mpi_null, false, root, seconds,
                      self);
        fine::compare(results, all, "mpi, 2 ranks, memory", on_rank_0, fine::distproc_mpi_memory, true, root, seconds,
                      self);
    });
}
