// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/mpi.hpp>

namespace fine {

void distproc_mpi_null(const job& all) { with_distproc(all, distproc::mpi_executor<>{}, distproc::null_writer{}); }
void distproc_mpi_memory(const job& all) {
    with_distproc(all, distproc::mpi_executor<>{}, distproc::memory_writer{*all.out});
}

} // namespace fine
