// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/common.hpp"
#include <distproc/executor/serial.hpp>

TEST_CASE("common to all: serial_executor") { test::common(distproc::serial_executor{}); }
