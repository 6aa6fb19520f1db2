// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "flow/sessions.hpp"

TEST_CASE("with an I/O lane, a session for one thread at a time") { test::misbehaviour<false, true>(); }
TEST_CASE("with an I/O lane, a concurrent session") { test::misbehaviour<true, true>(); }
TEST_CASE("with an I/O lane, an executor without width") { test::no_width<true>(); }
