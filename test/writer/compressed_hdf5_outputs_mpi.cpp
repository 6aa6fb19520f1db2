// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The same as compressed_hdf5_outputs.cpp, written by several ranks: `mpirun -n 3 compressed_hdf5_outputs_mpi FOLDER`
// fills FOLDER3.
#include "writer/compressed_hdf5_results.hpp"
#include "writer/fill_folder_mpi.hpp"
#include <distproc/comm/mpi_team.hpp>

int main(int argc, char** argv) {
    return test::fill_folder_together(argc, argv, [](const std::string& folder, const distproc::mpi_team& ranks) {
        test::write_chunked_outputs(folder, ranks);
    });
}
