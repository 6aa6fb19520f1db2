// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/mpi.hpp>

namespace fit {

void distproc_mpi(const fit_loop& compute, const scan& in, fits& out) {
    with_distproc(compute, in, out, distproc::mpi_executor<>{});
}

} // namespace fit
