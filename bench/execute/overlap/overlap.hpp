// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Three stages that take about equally long: reading from HDF5, computing, writing HDF5. A whole run against the
// slowest of the three alone. Computing waits on a timer, so that two cores are enough for all three at once.
#pragma once

#include <cstddef>
#include <string>

namespace overlap {

/// Items of so many numbers, of which so many are written back.
struct job {
    std::string folder; ///< with in.h5:/values
    std::size_t items;
    std::size_t values_in;
    std::size_t values_out;
    double seconds; ///< of computing an item
};

void make_input(const job&);

// Seconds of each. What is written is removed, and the disk has settled, before the clock starts.
double reading(const job&);
double computing(const job&);
double writing(const job&);
double all_three(const job&);
/// By hand, without HDF5: a thread reads as many bytes while another writes as many, and nothing is computed.
double raw_together(const job&);

/// Seconds do not matter: how many write calls of the system a run of small results takes.
struct small_results {
    std::size_t items;
    std::size_t blocks;
    std::size_t write_calls;
};
[[nodiscard]] small_results write_small_results(const std::string& folder, std::size_t items);

} // namespace overlap
