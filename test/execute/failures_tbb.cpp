// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/failures.hpp"
#include <distproc/executor/tbb.hpp>

TEST_CASE("failures on tbb_executor") { test::failures(distproc::tbb_executor{3}); }
