// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "read.hpp"
#include <distproc/core/compute.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/writer/shard.hpp>

#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <ranges>
#include <span>
#include <stdexcept>
#include <vector>

namespace reading {

namespace {

void fill(std::size_t item, std::span<double> out) {
    for (std::size_t k = 0; k < out.size(); ++k) {
        out[k] = static_cast<double>((item + k) % 1000);
    }
}

} // namespace

inputs make_inputs(const std::string& folder, std::size_t items) {
    inputs in{folder + "/in.h5", folder + "/in.zarr", items, 0};
    distproc::options quiet;
    quiet.show = distproc::progress::off;
    distproc::execute(std::views::iota(std::size_t{0}, items),
                      distproc::arrays({item_values}, [](std::size_t item, std::span<double> out) { fill(item, out); }),
                      distproc::serial_executor{}, distproc::shard_writer{in.shards}, quiet);

    const hid_t file = H5Fcreate(in.hdf5.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    const std::array<hsize_t, 2> extents{items, item_values};
    const hid_t space = H5Screate_simple(2, extents.data(), nullptr);
    const hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(how, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(how, H5D_FILL_TIME_NEVER);
    const hid_t made = H5Dcreate2(file, "/values", H5T_IEEE_F64LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    in.offset = static_cast<std::size_t>(H5Dget_offset(made));
    H5Dclose(made);
    H5Pclose(how);
    H5Sclose(space);
    if (H5Fclose(file) < 0) {
        throw std::runtime_error("cannot make " + in.hdf5);
    }
    const int fd = ::open(in.hdf5.c_str(), O_WRONLY);
    std::vector<double> values(item_values);
    for (std::size_t item = 0; item < items; ++item) {
        fill(item, values);
        if (::pwrite(fd, values.data(), item_bytes, static_cast<off_t>(in.offset + item * item_bytes)) !=
            static_cast<ssize_t>(item_bytes)) {
            throw std::runtime_error("cannot write " + in.hdf5);
        }
    }
    ::close(fd);
    return in;
}

double expected_sum(std::size_t items) {
    double sum = 0;
    for (std::size_t item = 0; item < items; ++item) {
        for (std::size_t k = 0; k < item_values; ++k) {
            sum += static_cast<double>((item + k) % 1000);
        }
    }
    return sum;
}

} // namespace reading
