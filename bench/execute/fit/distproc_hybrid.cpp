// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "threads.hpp"
#include "with_distproc.hpp"
#include <distproc/executor/hybrid.hpp>

namespace fit {

void distproc_hybrid(const fit_loop& compute, const scan& in, fits& out) {
    with_distproc(compute, in, out, distproc::hybrid_executor{{.threads = threads_of_rank()}});
}

} // namespace fit
