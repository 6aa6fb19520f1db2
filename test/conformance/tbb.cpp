// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include <distproc/conformance/executor.hpp>
#include <distproc/executor/tbb.hpp>

TEST_CASE("tbb_executor conforms") {
    using distproc::conformance::check_executor;
    SUBCASE("as wide as the cores") { test::no_findings(check_executor(distproc::tbb_executor{})); }
    SUBCASE("one thread") { test::no_findings(check_executor(distproc::tbb_executor{1})); }
    SUBCASE("more threads than cores") { test::no_findings(check_executor(distproc::tbb_executor{7})); }
}
