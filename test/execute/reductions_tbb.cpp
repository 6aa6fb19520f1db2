// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/reductions.hpp"
#include <distproc/executor/tbb.hpp>

TEST_CASE("reductions: tbb_executor") { test::reductions(distproc::tbb_executor{}); }
