// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "read.hpp"
#include <distproc/execute.hpp>
#include <distproc/writer/reduce.hpp>

#include <span>

namespace reading {

template <class Source, class Executor>
double with_distproc(const Source& source, Executor executor) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::sum<double> total;
    distproc::execute(
        source, [](std::span<const double> x) { return add_up(x); }, executor, distproc::reduce_writer{total}, quiet);
    return total.value();
}

} // namespace reading
