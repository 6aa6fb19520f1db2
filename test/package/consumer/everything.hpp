// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/distproc.hpp>
#ifdef WITH_TBB
#include <distproc/tbb.hpp>
#endif
#ifdef WITH_MPI
#include <distproc/mpi.hpp>
#endif
#ifdef WITH_HDF5
#include <distproc/hdf5.hpp>
#endif
#ifdef WITH_HYBRID
#include <distproc/hybrid.hpp>
#endif
#ifdef WITH_COMPRESS
#include <distproc/compress.hpp>
#endif
#ifdef WITH_ZARR
#include <distproc/zarr.hpp>
#endif
#ifdef WITH_ZARR_HDF5
#include <distproc/zarr_hdf5.hpp>
#endif
#ifdef WITH_COMPRESSED_HDF5
#include <distproc/compressed_hdf5.hpp>
#endif
