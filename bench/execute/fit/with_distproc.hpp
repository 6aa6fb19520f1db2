// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "fit.hpp"
#include <distproc/execute.hpp>
#include <distproc/writer/memory.hpp>

namespace fit {

template <class Executor>
void with_distproc(const fit_loop& compute, const scan& in, fits& out, Executor executor) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::execute(in, compute, executor, distproc::memory_writer{out}, quiet);
}

} // namespace fit
