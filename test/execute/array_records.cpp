// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/array_records.hpp"

#include <distproc/executor/serial.hpp>
#include <distproc/executor/tbb.hpp>

TEST_CASE_TEMPLATE("arrays and members beside them", Executor, distproc::serial_executor, distproc::tbb_executor) {
    test::array_records(Executor{});
}

TEST_CASE("arrays and members of computes with a workspace and a context") {
    test::array_records_with_context(distproc::tbb_executor{3});
}

TEST_CASE("arrays and members that cannot be described") { test::wrong_array_records(distproc::serial_executor{}); }
