// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/common.hpp"
#include <distproc/executor/tbb.hpp>

TEST_CASE("common to all: tbb_executor") { test::common(distproc::tbb_executor{3}); }
