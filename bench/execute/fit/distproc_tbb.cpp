// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/tbb.hpp>

namespace fit {

void distproc_tbb(const fit_loop& compute, const scan& in, fits& out) {
    with_distproc(compute, in, out, distproc::tbb_executor{});
}

} // namespace fit
