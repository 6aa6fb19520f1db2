// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/cross.hpp"
#include <distproc/executor/tbb.hpp>

TEST_CASE("tbb_executor") { test::cross(distproc::tbb_executor{3}); }
