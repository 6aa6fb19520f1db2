// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/cross_compressed.hpp"
#include <distproc/executor/serial.hpp>
#include <distproc/executor/tbb.hpp>

TEST_CASE("serial_executor to compressed HDF5") { test::cross_compressed(distproc::serial_executor{}); }

TEST_CASE("tbb_executor to compressed HDF5") { test::cross_compressed(distproc::tbb_executor{3}); }
