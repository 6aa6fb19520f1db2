// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/lists.hpp"
#include <distproc/executor/hybrid.hpp>

TEST_CASE("lists: mpi_executor, on nodes of two ranks") {
    distproc::mpi_executor<> on;
    on.ranks_per_node = 2;
    test::lists(on);
    test::unfinished_lists(on);
}

TEST_CASE("lists: hybrid_executor") {
    test::lists(distproc::hybrid_executor{{.threads = 2}});
    test::lists_of<float>(distproc::hybrid_executor{{.threads = 2}});
}
