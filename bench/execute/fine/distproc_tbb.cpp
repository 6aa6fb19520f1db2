// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/tbb.hpp>

namespace fine {

void distproc_tbb_null(const job& all) { with_distproc(all, distproc::tbb_executor{2}, distproc::null_writer{}); }
void distproc_tbb_memory(const job& all) {
    with_distproc(all, distproc::tbb_executor{2}, distproc::memory_writer{*all.out});
}

} // namespace fine
