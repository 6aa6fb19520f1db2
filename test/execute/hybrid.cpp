// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/cross.hpp"
#include <distproc/executor/hybrid.hpp>

TEST_CASE("hybrid_executor, on nodes of two ranks") {
    distproc::hybrid_executor on{{.threads = 2}};
    on.ranks_per_node = 2;
    test::cross(on);
}
