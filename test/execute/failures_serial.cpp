// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/failures.hpp"
#include <distproc/executor/serial.hpp>

TEST_CASE("failures on serial_executor") { test::failures(distproc::serial_executor{}); }
