// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// What needs MPI and oneTBB, and all that needs no third-party library.
#include <distproc/executor/hybrid.hpp>
#include <distproc/mpi.hpp>
#include <distproc/tbb.hpp>
