// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/failures.hpp"
#include <distproc/executor/hybrid.hpp>

TEST_CASE("failures on hybrid_executor") { test::failures(distproc::hybrid_executor{{.threads = 2}}); }
