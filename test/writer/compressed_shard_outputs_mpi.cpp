// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Compressed directories written by several ranks together, into the folders "direct" and, through node_gather,
// "gathered": `mpirun -n 3 compressed_shard_outputs_mpi FOLDER` fills FOLDER3.
#include "writer/fill_folder_mpi.hpp"
#include "writer/shard_results.hpp"
#include <distproc/comm/mpi_team.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/node_gather.hpp>

#include <filesystem>

int main(int argc, char** argv) {
    return test::fill_folder_together(argc, argv, [](const std::string& folder, const distproc::mpi_team& ranks) {
        const distproc::compressed_shard_writer base;
        std::filesystem::create_directories(folder + "/direct");
        test::write_shard_outputs(folder + "/direct", ranks, base);
        std::filesystem::create_directories(folder + "/gathered");
        test::write_shard_outputs(folder + "/gathered", ranks, base,
                                  [](const auto& writer) { return distproc::node_gather{writer}; });
    });
}
