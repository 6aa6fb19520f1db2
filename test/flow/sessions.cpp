// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "flow/sessions.hpp"

TEST_CASE("without an I/O lane, a session for one thread at a time") { test::misbehaviour<false, false>(); }
TEST_CASE("without an I/O lane, a concurrent session") { test::misbehaviour<true, false>(); }
TEST_CASE("without an I/O lane, an executor without width") { test::no_width<false>(); }
