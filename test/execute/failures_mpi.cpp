// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/failures.hpp"
#include <distproc/executor/mpi.hpp>

TEST_CASE("failures on mpi_executor") {
    distproc::mpi_executor<> on;
    SUBCASE("one node") {}
    SUBCASE("nodes of two ranks") { on.ranks_per_node = 2; }
    SUBCASE("static") { on.how = distproc::schedule::static_; }
    test::failures(on);
}
