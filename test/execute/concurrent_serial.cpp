// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/concurrent.hpp"
#include <distproc/executor/serial.hpp>

TEST_CASE("several threads call execute at once: serial_executor") {
    const distproc::serial_executor on;
    SUBCASE("all well") { test::concurrent(on); }
    SUBCASE("some fail") { test::concurrent_failures(on); }
    SUBCASE("one inside another") { test::nested(on); }
}
