// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/cross_compressed.hpp"
#include <distproc/executor/hybrid.hpp>
#include <distproc/executor/mpi.hpp>

TEST_CASE("mpi_executor to compressed HDF5") { test::cross_compressed(distproc::mpi_executor<>{}); }

TEST_CASE("hybrid_executor to compressed HDF5, on nodes of two ranks") {
    distproc::hybrid_executor on{{.threads = 2}};
    on.ranks_per_node = 2;
    test::cross_compressed(on);
}
