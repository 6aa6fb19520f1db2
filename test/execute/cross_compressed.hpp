// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Every way of writing compressed HDF5 on one executor, compared with a plain loop bit for bit.
#include "conformance/compressed_output.hpp"
#include "execute/cross.hpp"
#include "support/shared_folder.hpp"
#include <distproc/writer/compressed_hdf5.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace test {

template <class Compute, class Executor>
void to_compressed(const Executor& on, const rows& in, const std::string& path, const distproc::shape& chunk) {
    CAPTURE(Compute::name);
    const auto ranks = on.make_team();
    const auto& expected = in.plain_loop(false, Compute::random);
    const distproc::range_source source{in.spans, in.items};
    compressed_output<finding> output(path);
    output.chunk = chunk;
    const auto check = [&](const auto& writer) {
        check_report(execute(source, Compute{}, on, writer, quiet()), in);
        if (ranks.rank() == 0) {
            CHECK(differing(output.read(), expected) == 0);
            CHECK(output.shape() == in.items);
        }
        ranks.meet([] {});
    };
    check(output.next());
    output.files = distproc::hdf5_files::per_writer;
    check(output.next());
    check(distproc::node_gather{output.next()});
    output.files = distproc::hdf5_files::one;
    output.records = distproc::hdf5_records::compound;
    check(distproc::node_gather{output.next()});
    check(distproc::node_gather{output.next(), 2});
}

template <class Executor>
void cross_compressed(const Executor& on) {
    const shared_folder folder(on.make_team());
    for (const rows& in : inputs()) {
        CAPTURE(distproc::to_string(in.items));
        to_compressed<by_item>(on, in, folder / ("item" + distproc::to_string(in.items)), {});
    }
    const rows small({7, 13}, 63);
    to_compressed<by_item>(on, small, folder / "fours", {4, 4});
    // Cells are neighbours in the sequence of items: rows must hold whole ones.
    to_compressed<by_cell>(on, inputs()[0], folder / "cell", {});
    to_compressed<by_cell>(on, rows({7, 15}, 63), folder / "cells of chunks", {4, 5});
    to_compressed<by_cell>(on, rows({1, 10005}, 5), folder / "long cell", {1, 500});
}

} // namespace test
