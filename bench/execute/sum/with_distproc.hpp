// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The problem as a user of distproc writes it.
#pragma once

#include "sum.hpp"
#include <distproc/execute.hpp>
#include <distproc/writer/reduce.hpp>

namespace sums {

template <class Executor>
double with_distproc(inputs x, Executor executor) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::sum<double> total;
    distproc::execute(
        x, [](double one) { return one; }, executor, distproc::reduce_writer{total}, quiet);
    return total.value();
}

} // namespace sums
