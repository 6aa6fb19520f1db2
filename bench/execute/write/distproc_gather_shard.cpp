// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/shard.hpp>

namespace writing {

void distproc_gather_shard(const target& to) {
    with_distproc(to, distproc::node_gather<distproc::shard_writer>{{to.path}});
}

} // namespace writing
