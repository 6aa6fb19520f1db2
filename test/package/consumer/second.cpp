// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "everything.hpp"

const char* version_of_second_unit() { return distproc::version.data(); }
