// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include <distproc/conformance/executor.hpp>
#include <distproc/executor/serial.hpp>

TEST_CASE("serial_executor conforms") {
    test::no_findings(distproc::conformance::check_executor(distproc::serial_executor{}));
}
