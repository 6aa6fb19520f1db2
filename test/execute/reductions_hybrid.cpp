// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/reductions.hpp"
#include <distproc/executor/hybrid.hpp>

TEST_CASE("reductions: hybrid_executor") { test::reductions(distproc::hybrid_executor{{.threads = 2}}); }
