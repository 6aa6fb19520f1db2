// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/skipped.hpp"
#include <distproc/executor/mpi.hpp>

TEST_CASE("items that are skipped or tried again: mpi_executor") { test::skipped_items(distproc::mpi_executor<>{}); }
