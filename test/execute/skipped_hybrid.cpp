// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/skipped.hpp"
#include <distproc/executor/hybrid.hpp>

TEST_CASE("items that are skipped or tried again: hybrid_executor") {
    test::skipped_items(distproc::hybrid_executor{});
}
