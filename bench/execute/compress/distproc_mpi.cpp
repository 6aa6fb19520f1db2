// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/node_gather.hpp>

namespace compressing {

void distproc_mpi(const target& to) { with_distproc(to, distproc::mpi_executor<>{}, writer_to(to)); }

void distproc_parts(const target& to) {
    distproc::compressed_hdf5_writer writer = writer_to(to);
    writer.files = distproc::hdf5_files::per_writer;
    with_distproc(to, distproc::mpi_executor<>{}, writer);
}

void distproc_gather(const target& to) {
    with_distproc(to, distproc::mpi_executor<>{}, distproc::node_gather{writer_to(to)});
}

} // namespace compressing
