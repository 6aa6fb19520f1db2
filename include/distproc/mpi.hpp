// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// What needs MPI, and all that needs no third-party library.
#include <distproc/comm/environment.hpp>
#include <distproc/comm/mpi_team.hpp>
#include <distproc/distproc.hpp>
#include <distproc/executor/mpi.hpp>
