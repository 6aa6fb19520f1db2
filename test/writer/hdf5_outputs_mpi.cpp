// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The same as hdf5_outputs.cpp, written by several ranks through MPI-IO: `mpirun -n 3 hdf5_outputs_mpi FOLDER` fills
// FOLDER3.
#include "writer/fill_folder_mpi.hpp"
#include "writer/hdf5_results.hpp"
#include <distproc/comm/mpi_team.hpp>

int main(int argc, char** argv) {
    return test::fill_folder_together(argc, argv, [](const std::string& folder, const distproc::mpi_team& ranks) {
        test::write_outputs(folder, ranks);
    });
}
