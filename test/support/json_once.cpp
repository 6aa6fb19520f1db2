// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "support/json_once.hpp"

DISTPROC_TEST_JSON()
