// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: the program of the README. An HDF5 data set in, a struct as result, one writing rank per node.
// Run:   ./01_make_scan && mpirun -n 4 ./02_scan        (or without mpirun: one rank)
// Prints a report that starts with "done: 2400 of 2400 items"; leaves peaks.h5 with /peaks/position and /peaks/height.

#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/hybrid.hpp>

#include <algorithm>
#include <span>

struct peak { // one description serves messages and HDF5 columns
    double position, height;
    template <class Archive>
    void serialize(Archive& a, unsigned) {
        // clang-format off
        a & DISTPROC_NAMED(position) & DISTPROC_NAMED(height);
        // clang-format on
    }
};

struct find_peak { // the algorithm: once, for one item
    peak operator()(std::span<const double> spectrum) const {
        const auto top = std::max_element(spectrum.begin(), spectrum.end());
        return {static_cast<double>(top - spectrum.begin()), *top};
    }
};

using executor = distproc::hybrid_executor;                  // serial_executor | tbb_executor | mpi_executor<>
using writer = distproc::node_gather<distproc::hdf5_writer>; // or distproc::hdf5_writer: all ranks write

int main(int argc, char** argv) {
    return distproc::run<executor>(argc, argv, [](auto& job) {  // starts and ends MPI; one error message per job
        distproc::hdf5_source<double> scan{"scan.h5", "/scan"}; // (y, x, spectrum): an item is a spectrum
        auto report = distproc::execute(scan, find_peak{}, executor{}, writer{{"peaks.h5", "/peaks"}});
        job.out() << report; // printed once, not once per rank
        return report;       // exit code: 0 done, 1 error, 75 stopped
    });
}
