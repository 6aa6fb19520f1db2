// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Arrays of a shape stated at run time in HDF5 files: the item axes come first, then those of the arrays.
#include "execute/arrays.hpp"
#include "execute/cross_hdf5.hpp"

namespace test {

template <class Executor>
void arrays_hdf5(const Executor& on) {
    const auto numbers = first_numbers(91);
    const auto ranks = on.make_team();
    const rows& in = inputs()[1];
    const files in_files(ranks, in);
    const distproc::shape items{7, 13};
    for (const distproc::shape& extents : {distproc::shape{5, 3}, distproc::shape{}, distproc::shape{2000}}) {
        CAPTURE(distproc::to_string(extents));
        distproc::shape all = items;
        all.insert(all.end(), extents.begin(), extents.end());
        hdf5_output<float> output(in_files.path() + std::to_string(extents.size()));
        const auto check = [&](const auto& writer) {
            (void)execute(distproc::range_source{numbers, items}, fractions{extents}, on, writer, quiet());
            if (ranks.rank() == 0) {
                std::vector<hsize_t> dims;
                const auto found = read_dataset<float>(output.file(), "/results", H5T_NATIVE_FLOAT, &dims);
                CHECK(distproc::shape(dims.begin(), dims.end()) == all);
                CHECK(found == all_fractions(91, distproc::volume(extents)));
            }
            ranks.meet([] {});
        };
        check(output.next());
        check(distproc::node_gather{output.next()});
    }
}

} // namespace test
