// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/reductions.hpp"
#include <distproc/executor/serial.hpp>

TEST_CASE("reductions: serial_executor") { test::reductions(distproc::serial_executor{}); }
