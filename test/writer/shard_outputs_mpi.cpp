// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The same as shard_outputs.cpp, written by several ranks together: `mpirun -n 3 shard_outputs_mpi FOLDER` fills
// FOLDER3.
#include "writer/fill_folder_mpi.hpp"
#include "writer/shard_results.hpp"
#include <distproc/comm/mpi_team.hpp>

int main(int argc, char** argv) {
    return test::fill_folder_together(argc, argv, [](const std::string& folder, const distproc::mpi_team& ranks) {
        test::write_shard_outputs(folder, ranks);
    });
}
