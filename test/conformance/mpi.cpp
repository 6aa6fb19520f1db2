// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include <distproc/conformance/executor.hpp>
#include <distproc/executor/mpi.hpp>

TEST_CASE("mpi_executor conforms") {
    using distproc::conformance::check_executor;
    distproc::mpi_executor<> executor;
    SUBCASE("dynamic") {}
    SUBCASE("static") { executor.how = distproc::schedule::static_; }
    SUBCASE("every two ranks as a node") { executor.ranks_per_node = 2; }
    SUBCASE("every two ranks as a node, static") {
        executor.ranks_per_node = 2;
        executor.how = distproc::schedule::static_;
    }
    test::no_findings(check_executor(executor));
}
