// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/mpi.hpp>

namespace uneven {

void distproc_mpi(const durations& seconds, how work, results& out) {
    with_distproc(seconds, work, out, distproc::mpi_executor<>{});
}

} // namespace uneven
