// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/cross.hpp"
#include <distproc/executor/serial.hpp>

TEST_CASE("serial_executor") { test::cross(distproc::serial_executor{}); }
