// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "sum.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <cstddef>
#include <functional>

namespace sums {

double raw_tbb(inputs x) {
    return tbb::parallel_deterministic_reduce(
        tbb::blocked_range<std::size_t>(0, x.size(), 32768), 0.0,
        [=](const tbb::blocked_range<std::size_t>& part, double before) {
            return before + add_up(x.subspan(part.begin(), part.size()));
        },
        std::plus<>{});
}

} // namespace sums
