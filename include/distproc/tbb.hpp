// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// What needs oneTBB, and all that needs no third-party library.
#include <distproc/distproc.hpp>
#include <distproc/executor/tbb.hpp>
