// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "with_distproc.hpp"
#include <distproc/executor/serial.hpp>

namespace fit {

void distproc_serial(const fit_loop& compute, const scan& in, fits& out) {
    with_distproc(compute, in, out, distproc::serial_executor{});
}

} // namespace fit
