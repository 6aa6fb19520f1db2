// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include <distproc/conformance/executor.hpp>
#include <distproc/executor/hybrid.hpp>

TEST_CASE("hybrid_executor conforms") {
    distproc::hybrid_executor executor{{.threads = 3}};
    SUBCASE("one node") {}
    SUBCASE("every rank as a node") { executor.ranks_per_node = 1; }
    test::no_findings(distproc::conformance::check_executor(executor));
}
