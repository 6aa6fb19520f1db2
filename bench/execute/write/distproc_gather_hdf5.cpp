// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>

namespace writing {

void distproc_gather_hdf5(const target& to) {
    with_distproc(to, distproc::node_gather<distproc::hdf5_writer>{{to.path, "/results"}});
}

} // namespace writing
