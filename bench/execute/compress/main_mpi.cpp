// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On any number of ranks of one node, in the folder that `--folder` names: mpirun -n 2 bench_compress_mpi.

#include "../../common/mpi_main.hpp"
#include "../../common/slowest_rank.hpp"
#include "compare.hpp"

#include <mpi.h>

#include <optional>
#include <string>

int main(int argc, char** argv) {
    return bench::run_on_ranks(argc, argv, [](const bench::arguments& given, bench::rank_place here) {
        bench::table results(given, here.rank == 0);
        std::optional<bench::scratch_folder> made;
        std::string path(4096, '\0');
        if (here.rank == 0) {
            made.emplace(given.folder.empty() ? "." : given.folder);
            made->path().copy(path.data(), path.size() - 1);
        }
        MPI_Bcast(path.data(), static_cast<int>(path.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
        const compressing::target to{std::string(path.c_str()) + "/out", compressing::items_of(given)};
        const auto clear = [&] {
            MPI_Barrier(MPI_COMM_WORLD);
            if (here.rank == 0) {
                compressing::clear(to);
            }
            MPI_Barrier(MPI_COMM_WORLD);
        };
        bench::table::pairs_of_seconds self;
        const auto add = [&](const char* name, compressing::competitor ours) {
            const bench::contest what{"compress", "raw zlib, ranks",
                                      std::string(name) + ", " + std::to_string(here.size) + " ranks",
                                      compressing::goal, compressing::pairs};
            if (!results.wants(what)) {
                return;
            }
            results.add(
                what, [&] { compressing::raw_zlib_ranks(to); }, [&] { ours(to); },
                [&](auto& f) {
                    clear();
                    return bench::seconds_of_slowest(f);
                },
                &self);
            clear();
            ours(to);
            if (here.rank == 0) {
                compressing::check(to);
            }
            clear();
        };
        add("hdf5", compressing::distproc_mpi);
        add("hdf5, a file for each rank", compressing::distproc_parts);
        add("node_gather<hdf5>", compressing::distproc_gather);
    });
}
