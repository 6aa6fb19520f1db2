// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "writer/fill_folder.hpp"
#include <distproc/comm/mpi_team.hpp>

#include <mpi.h>

#include <string>

namespace test {

/// `fill_folder` on all ranks, with `fill(folder, ranks)`: three of them fill FOLDER3.
template <class Fill>
int fill_folder_together(int argc, char** argv, Fill&& fill) {
    int provided = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    std::string folder = argc == 2 ? argv[1] + std::to_string(size) : "";
    char* with_size[] = {argv[0], folder.data(), nullptr};
    const int code = fill_folder(argc, with_size, [&](const std::string& where) {
        const distproc::mpi_team ranks(MPI_COMM_WORLD);
        fill(where, ranks);
    });
    if (code != 0) {
        MPI_Abort(MPI_COMM_WORLD, code);
    }
    MPI_Finalize();
    return code;
}

} // namespace test
