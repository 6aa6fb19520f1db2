// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// HDF5 files for tests, written and read with the C library alone, so that tests compare with something independent.
#include "support/folder.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace test {

struct dataset_options {
    std::vector<hsize_t> chunk = {}; ///< none: contiguous
    int deflate = 0;
};

/// Writes one dataset, making the file and the groups above it where there are none.
inline void write_dataset(const std::string& file, const std::string& path, hid_t file_type, hid_t memory_type,
                          const std::vector<hsize_t>& dims, const void* data, const dataset_options& options = {}) {
    const hid_t id = std::filesystem::exists(file) ? H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT)
                                                   : H5Fcreate(file.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(id >= 0);
    const hid_t space =
        dims.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
    const hid_t link = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(link, 1);
    const hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    if (!options.chunk.empty()) {
        H5Pset_chunk(how, static_cast<int>(options.chunk.size()), options.chunk.data());
        if (options.deflate > 0) {
            H5Pset_deflate(how, static_cast<unsigned>(options.deflate));
        }
    }
    const hid_t dataset = H5Dcreate2(id, path.c_str(), file_type, space, link, how, H5P_DEFAULT);
    REQUIRE(dataset >= 0);
    if (data != nullptr) {
        REQUIRE(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    }
    H5Dclose(dataset);
    H5Pclose(how);
    H5Pclose(link);
    H5Sclose(space);
    REQUIRE(H5Fclose(id) >= 0);
}

/// All values of a dataset, row-major, and its extents.
template <class T>
std::vector<T> read_dataset(const std::string& file, const std::string& path, hid_t memory_type,
                            std::vector<hsize_t>* dims = nullptr) {
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    REQUIRE(id >= 0);
    const hid_t dataset = H5Dopen2(id, path.c_str(), H5P_DEFAULT);
    REQUIRE(dataset >= 0);
    const hid_t space = H5Dget_space(dataset);
    std::vector<hsize_t> extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    std::vector<T> values(
        std::accumulate(extents.begin(), extents.end(), std::size_t{1}, std::multiplies<std::size_t>{}) *
        H5Tget_size(memory_type) / sizeof(T));
    if (!values.empty()) {
        REQUIRE(H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    }
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(id);
    if (dims != nullptr) {
        *dims = extents;
    }
    return values;
}
} // namespace test
