// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "write.hpp"
#include <distproc/source/shard.hpp>

#include <hdf5.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace writing {

namespace {

/// `read(item, out)` brings the results of an item.
template <class Read>
void check(const target& in, Read&& read) {
    std::vector<double> expected(item_values);
    std::vector<double> found(item_values);
    for (std::size_t item = 0; item < in.items; ++item) {
        fill(item, expected);
        read(item, found);
        if (std::memcmp(found.data(), expected.data(), item_bytes) != 0) {
            throw std::runtime_error("'" + in.path + "' holds other results of item " + std::to_string(item));
        }
    }
}

} // namespace

void check_hdf5(const target& in) {
    const hid_t file = H5Fopen(in.path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t dataset = H5Dopen2(file, "/results", H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset);
    check(in, [&](std::size_t item, std::vector<double>& out) {
        const std::array<hsize_t, 2> start{item, 0};
        const std::array<hsize_t, 2> count{1, item_values};
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
        const hid_t memory = H5Screate_simple(2, count.data(), nullptr);
        if (H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, out.data()) < 0) {
            throw std::runtime_error("'" + in.path + "' cannot be read");
        }
        H5Sclose(memory);
    });
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
}

void check_shard(const target& in) {
    auto source = distproc::shard_source<double>{in.path}.open();
    check(in, [&](std::size_t item, std::vector<double>& out) {
        const distproc::staging to{reinterpret_cast<std::byte*>(out.data()), 1};
        (void)source.read(item, 1, to, 0);
    });
}

} // namespace writing
