// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/executor/mpi.hpp>
#include <distproc/executor/tbb.hpp>

namespace distproc {

/// Many ranks with many threads each: for clusters, with one rank for each node or socket. Named "hybrid".
/// `hybrid_executor{{.threads = 8}}` fixes the threads of each rank.
using hybrid_executor = mpi_executor<tbb_executor>;

static_assert(executor<hybrid_executor>);

} // namespace distproc
