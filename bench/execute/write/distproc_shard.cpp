// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/writer/shard.hpp>

namespace writing {

void distproc_shard(const target& to) { with_distproc(to, distproc::shard_writer{to.path}); }

} // namespace writing
