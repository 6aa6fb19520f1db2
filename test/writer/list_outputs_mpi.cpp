// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The same as list_outputs.cpp, by several ranks on nodes of two ranks: `mpirun -n 3 list_outputs_mpi FOLDER` fills
// FOLDER3.
#include "writer/fill_folder_mpi.hpp"
#include "writer/list_outputs.hpp"
#include <distproc/executor/mpi.hpp>

int main(int argc, char** argv) {
    return test::fill_folder_together(argc, argv, [](const std::string& folder, const distproc::mpi_team&) {
        distproc::mpi_executor<> on;
        on.ranks_per_node = 2;
        test::write_list_outputs(folder, on);
    });
}
