// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/arrays_hdf5.hpp"
#include "execute/cross_hdf5.hpp"
#include "execute/rounding_hdf5.hpp"
#include <distproc/executor/tbb.hpp>

TEST_CASE("tbb_executor from and to HDF5") { test::cross_hdf5(distproc::tbb_executor{3}); }

TEST_CASE("rounding mode of HDF5's conversions: tbb_executor") { test::rounding_hdf5(distproc::tbb_executor{3}); }

TEST_CASE("arrays to HDF5: tbb_executor") { test::arrays_hdf5(distproc::tbb_executor{}); }
