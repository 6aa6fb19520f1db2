// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "compress.hpp"

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace compressing {

void check(const target& to) {
    const hid_t file = H5Fopen(to.path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t data = H5Dopen2(file, "/values", H5P_DEFAULT);
    const hid_t space = H5Dget_space(data);
    const hsize_t count[2] = {1, item_values};
    const hid_t memory = H5Screate_simple(2, count, nullptr);
    std::vector<double> found(item_values);
    std::vector<double> expected(item_values);
    for (std::size_t item = 0; item < to.items; item += 61) {
        const hsize_t start[2] = {item, 0};
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
        if (H5Dread(data, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, found.data()) < 0) {
            throw std::runtime_error(to.path + " cannot be read");
        }
        fill(item, expected);
        if (!std::equal(found.begin(), found.end(), expected.begin())) {
            throw std::runtime_error(to.path + " holds other values than were computed");
        }
    }
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(data);
    H5Fclose(file);
}

} // namespace compressing
