// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "fit.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>

#include <cstddef>

namespace fit {

// One fit is a task, since fits take long, and not equally long.
void raw_tbb(const fit_loop& compute, const scan& in, fits& out) {
    out.resize(in.size());
    using range = tbb::blocked_range<std::size_t>;
    tbb::parallel_for(
        range(0, in.size(), 1),
        [&](const range& part) {
            for (std::size_t k = part.begin(); k < part.end(); ++k) {
                out[k] = compute(in[k]);
            }
        },
        tbb::simple_partitioner{});
}

} // namespace fit
