// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "axpy.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <cstddef>

namespace axpy {

void raw_tbb(line l, inputs x, outputs y) {
    const double* in = x.data();
    double* out = y.data();
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, x.size()), [=](const tbb::blocked_range<std::size_t>& part) {
        for (std::size_t k = part.begin(); k < part.end(); ++k) {
            out[k] = l.a * in[k] + l.b;
        }
    });
}

} // namespace axpy
