// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/serial.hpp>
#include <distproc/source/hdf5.hpp>
#include <distproc/source/shard.hpp>

namespace reading {

double distproc_hdf5_serial(const inputs& in) {
    return with_distproc(distproc::hdf5_source<double>{in.hdf5, "/values"}, distproc::serial_executor{});
}

double distproc_shard_serial(const inputs& in) {
    return with_distproc(distproc::shard_source<double>{in.shards}, distproc::serial_executor{});
}

} // namespace reading
