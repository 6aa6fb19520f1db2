// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/cross.hpp"
#include <distproc/executor/mpi.hpp>

TEST_CASE("mpi_executor") { test::cross(distproc::mpi_executor<>{}); }
