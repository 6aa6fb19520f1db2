// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/arrays_hdf5.hpp"
#include "execute/cross_hdf5.hpp"
#include "execute/rounding_hdf5.hpp"
#include <distproc/executor/serial.hpp>

TEST_CASE("serial_executor from and to HDF5") { test::cross_hdf5(distproc::serial_executor{}); }

TEST_CASE("rounding mode of HDF5's conversions: serial_executor") { test::rounding_hdf5(distproc::serial_executor{}); }

TEST_CASE("arrays to HDF5: serial_executor") { test::arrays_hdf5(distproc::serial_executor{}); }
