// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/common.hpp"
#include <distproc/executor/mpi.hpp>

TEST_CASE("common to all: mpi_executor") {
    distproc::mpi_executor<> on;
    SUBCASE("one node") {}
    SUBCASE("nodes of two ranks") { on.ranks_per_node = 2; }
    test::common(on);
}
