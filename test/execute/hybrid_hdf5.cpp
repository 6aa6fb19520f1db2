// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/arrays_hdf5.hpp"
#include "execute/cross_hdf5.hpp"
#include "execute/rounding_hdf5.hpp"
#include <distproc/executor/hybrid.hpp>

TEST_CASE("hybrid_executor from and to HDF5, on nodes of two ranks") {
    distproc::hybrid_executor on{{.threads = 2}};
    on.ranks_per_node = 2;
    test::cross_hdf5(on);
}

TEST_CASE("rounding mode of HDF5's conversions: hybrid_executor") {
    test::rounding_hdf5(distproc::hybrid_executor{{.threads = 2}});
}

TEST_CASE("arrays to HDF5: hybrid_executor") { test::arrays_hdf5(distproc::hybrid_executor{{.threads = 2}}); }
