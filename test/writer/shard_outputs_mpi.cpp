// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The same as shard_outputs.cpp, written by several ranks together: `mpirun -n 3 shard_outputs_mpi FOLDER` fills
// FOLDER3.
#include "writer/shard_results.hpp"
#include <distproc/comm/mpi_team.hpp>
#include <distproc/core/error.hpp>

#include <mpi.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

int main(int argc, char** argv) {
    int provided = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    int code = 0;
    try {
        const distproc::mpi_team ranks(MPI_COMM_WORLD);
        if (argc != 2) {
            throw distproc::error("usage: shard_outputs_mpi FOLDER");
        }
        const std::string folder = argv[1] + std::to_string(ranks.size());
        if (ranks.rank() == 0) {
            std::filesystem::create_directories(folder);
        }
        ranks.meet([] {});
        test::write_shard_outputs(folder, ranks);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        code = 1;
    }
    if (code != 0) {
        MPI_Abort(MPI_COMM_WORLD, code);
    }
    MPI_Finalize();
    return code;
}
