// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// dump_starts SCAN DATASET VOLTAGE OUTPUT: the starting points of the loop fit, for programs that fit on their own.
// Writes /starts (loops, starts, 9) and /limits (2, 9): the lower and the upper limit of each parameter.
#include "../../examples/fit_loops/read_small.hpp"
#include "../../examples/fit_loops/starting_point.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <limits>
#include <string>
#include <vector>

namespace {

namespace h5 = distproc::h5;

void write(hid_t file, const std::string& path, const distproc::shape& extents, const std::vector<double>& data) {
    const h5::dataspace space = h5::space_of(extents, path);
    const h5::dataset made(H5Dcreate2(file, path.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           "H5Dcreate2", path);
    h5::check(H5Dwrite(made, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data()), "H5Dwrite", path);
}

std::vector<double> read_all(const std::string& name, const std::string& path) {
    const h5::file file = h5::open_for_reading(name);
    const h5::dataset data = h5::open_dataset(file, name, path);
    const h5::dataspace space(H5Dget_space(data), "H5Dget_space", path);
    std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    h5::check(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "H5Dread", path);
    return values;
}

void dump(const std::string& scan, const std::string& dataset, const std::string& voltage, const std::string& output) {
    const h5::guard lock;
    const loops::sweep sweep(loops::read_axis(scan, voltage));
    const std::vector<double> loops_data = read_all(scan, dataset);
    const std::size_t n = loops_data.size() / sweep.size();
    std::vector<double> starts;
    for (std::size_t i = 0; i < n; ++i)
        for (const auto& p :
             sweep.starting_points(loops::winsorised(std::span(loops_data).subspan(i * sweep.size(), sweep.size()))))
            starts.insert(starts.end(), p.begin(), p.end());
    constexpr double none = std::numeric_limits<double>::infinity();
    const double low = sweep.low(), high = sweep.high(), narrow = sweep.narrowest(), wide = sweep.widest();
    h5::file file(H5Fcreate(output.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, h5::posix_access()), "H5Fcreate", output);
    write(file, "starts", {n, loops::start_count, loops::parameter_count}, starts);
    write(file, "limits", {2, loops::parameter_count},
          {-none, -none, low, low, -none, narrow, narrow, narrow, narrow, none, none, high, high, none, wide, wide,
           wide, wide});
    file.close("H5Fclose", output);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: dump_starts SCAN DATASET VOLTAGE OUTPUT\n");
        return 2;
    }
    try {
        dump(argv[1], argv[2], argv[3], argv[4]);
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "dump_starts: %s\n", e.what());
        return 1;
    }
}
