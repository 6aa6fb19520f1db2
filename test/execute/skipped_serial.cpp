// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/skipped.hpp"
#include <distproc/executor/serial.hpp>

TEST_CASE("items that are skipped or tried again: serial_executor") {
    test::skipped_items(distproc::serial_executor{});
}
