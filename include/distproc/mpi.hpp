// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// All that needs MPI, and all that needs nothing.
#include <distproc/distproc.hpp>

#include <distproc/comm/environment.hpp>
#include <distproc/comm/mpi_team.hpp>
#include <distproc/executor/mpi.hpp>
