// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/tbb.hpp>

namespace uneven {

void distproc_tbb(const durations& seconds, how work, results& out) {
    with_distproc(seconds, work, out, distproc::tbb_executor{2});
}

} // namespace uneven
