// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "axpy.hpp"

#include <cstddef>

namespace axpy {

void plain_loop(line l, inputs x, outputs y) {
    const double* in = x.data();
    double* out = y.data();
    const std::size_t n = x.size();
    for (std::size_t k = 0; k < n; ++k) {
        out[k] = l.a * in[k] + l.b;
    }
}

} // namespace axpy
