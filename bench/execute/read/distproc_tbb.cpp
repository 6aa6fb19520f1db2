// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/tbb.hpp>
#include <distproc/source/hdf5.hpp>
#include <distproc/source/shard.hpp>

namespace reading {

double distproc_hdf5_tbb(const inputs& in) {
    return with_distproc(distproc::hdf5_source<double>{in.hdf5, "/values"}, distproc::tbb_executor{});
}

double distproc_shard_tbb(const inputs& in) {
    return with_distproc(distproc::shard_source<double>{in.shards}, distproc::tbb_executor{});
}

} // namespace reading
