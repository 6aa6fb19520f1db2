// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "raw_mpi.hpp"

#include <cstddef>
#include <vector>

namespace fit {

void raw_mpi(const fit_loop& compute, const scan& in, fits& out) {
    shared_counter counter;
    std::vector<numbered_fit> mine;
    for (std::size_t k = counter.next(); k < in.size(); k = counter.next()) {
        mine.push_back({k, compute(in[k])});
    }
    gather_on_rank_0(mine, out, in.size());
}

} // namespace fit
