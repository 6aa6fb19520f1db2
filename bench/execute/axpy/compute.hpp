// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The problem as a user of distproc writes it: for one item, and for a cell of items.
#pragma once

#include "axpy.hpp"
#include <distproc/execute.hpp>
#include <distproc/writer/memory.hpp>

#include <cstddef>
#include <span>

namespace axpy {

struct item_form {
    line l;

    double operator()(double x) const { return l.a * x + l.b; }
};

struct cell_form {
    static constexpr std::size_t cell_size = cell_items;
    using result_type = double;
    line l;

    void operator()(std::span<const double> x, std::span<double> y) const {
        for (std::size_t k = 0; k < x.size(); ++k) {
            y[k] = l.a * x[k] + l.b;
        }
    }
};

template <class Form, class Executor>
void with_distproc(line l, inputs x, outputs y, Executor executor) {
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::execute(x, Form{l}, executor, distproc::memory_writer{y}, quiet);
}

} // namespace axpy
