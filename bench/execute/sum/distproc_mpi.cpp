// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/mpi.hpp>

namespace sums {

double distproc_mpi(inputs x) { return with_distproc(x, distproc::mpi_executor<>{}); }

} // namespace sums
