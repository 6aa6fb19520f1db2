// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/skipped.hpp"
#include <distproc/executor/tbb.hpp>

TEST_CASE("items that are skipped or tried again: tbb_executor") { test::skipped_items(distproc::tbb_executor{}); }
