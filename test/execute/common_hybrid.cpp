// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/common.hpp"
#include <distproc/executor/hybrid.hpp>

TEST_CASE("common to all: hybrid_executor") { test::common(distproc::hybrid_executor{{.threads = 2}}); }
