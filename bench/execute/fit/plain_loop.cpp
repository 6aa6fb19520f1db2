// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "fit.hpp"

#include <cstddef>

namespace fit {

void plain_loop(const fit_loop& compute, const scan& in, fits& out) {
    out.resize(in.size());
    for (std::size_t k = 0; k < in.size(); ++k) {
        out[k] = compute(in[k]);
    }
}

} // namespace fit
