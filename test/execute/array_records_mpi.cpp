// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/array_records.hpp"
#include <distproc/executor/mpi.hpp>

TEST_CASE("arrays and members beside them: mpi_executor") { test::array_records(distproc::mpi_executor<>{}); }

TEST_CASE("arrays and members that cannot be described: mpi_executor") {
    test::wrong_array_records(distproc::mpi_executor<>{});
}
