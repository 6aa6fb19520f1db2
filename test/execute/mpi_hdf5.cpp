// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/arrays_hdf5.hpp"
#include "execute/cross_hdf5.hpp"
#include "execute/rounding_hdf5.hpp"
#include <distproc/executor/mpi.hpp>

TEST_CASE("mpi_executor from and to HDF5") { test::cross_hdf5(distproc::mpi_executor<>{}); }

TEST_CASE("rounding mode of HDF5's conversions: mpi_executor") { test::rounding_hdf5(distproc::mpi_executor<>{}); }

TEST_CASE("arrays to HDF5: mpi_executor") { test::arrays_hdf5(distproc::mpi_executor<>{}); }
