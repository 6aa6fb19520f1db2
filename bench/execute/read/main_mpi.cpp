// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On any number of ranks of one node: mpirun -n 2 bench_read_mpi.

#include "../../common/mpi_main.hpp"
#include "../../common/slowest_rank.hpp"
#include "compare.hpp"

#include <mpi.h>

#include <cstddef>
#include <optional>
#include <string>

int main(int argc, char** argv) {
    return bench::run_on_ranks(argc, argv, [](const bench::arguments& given, bench::rank_place here) {
        bench::table results(given, here.rank == 0);
        std::optional<bench::scratch_folder> made;
        const std::size_t items = reading::items_of(given);
        std::string path(4096, '\0');
        reading::inputs in;
        if (here.rank == 0) {
            made.emplace(given.folder.empty() ? "." : given.folder);
            in = reading::make_inputs(made->path(), items);
            made->path().copy(path.data(), path.size() - 1);
        }
        MPI_Bcast(path.data(), static_cast<int>(path.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
        MPI_Bcast(&in.offset, sizeof in.offset, MPI_BYTE, 0, MPI_COMM_WORLD);
        const std::string folder = path.c_str();
        in = {folder + "/in.h5", folder + "/in.zarr", items, in.offset};
        const double expected = reading::expected_sum(items);
        bench::table::pairs_of_seconds self;
        const auto add = [&](const std::string& name, reading::competitor ours) {
            reading::compare(
                results, in, expected,
                {"read", "raw pread, ranks",
                 name + (here.size == 1 ? ", 1 rank" : ", " + std::to_string(here.size) + " ranks"), reading::goal, 15},
                reading::raw_pread_mpi, ours, here.rank == 0, [](auto& f) { return bench::seconds_of_slowest(f); },
                &self);
        };
        add("hdf5", reading::distproc_hdf5_mpi);
        add("shard", reading::distproc_shard_mpi);
    });
}
