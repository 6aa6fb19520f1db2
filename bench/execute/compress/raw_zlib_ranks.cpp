// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "raw_zlib.hpp"

#include <mpi.h>

#include <cstddef>
#include <string>

namespace compressing {

void raw_zlib_ranks(const target& to) {
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    raw_output out(to.path + "." + std::to_string(rank));
    raw_chunk chunk;
    for (std::size_t first = static_cast<std::size_t>(rank) * chunk_items; first < to.items;
         first += static_cast<std::size_t>(size) * chunk_items) {
        chunk(to, first, out);
    }
    out.end();
}

} // namespace compressing
