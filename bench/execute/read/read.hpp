// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Numbers in a file that the page cache holds, of which every one is looked at: their sum. A file for each competitor.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace reading {

inline constexpr std::size_t item_values = 8192;
inline constexpr std::size_t item_bytes = item_values * sizeof(double);

/// The compute: eight sums at once, so that no addition waits for the one before.
inline double add_up(std::span<const double> x) {
    std::array<double, 8> lanes{};
    for (; x.size() >= lanes.size(); x = x.subspan(lanes.size())) {
        for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
            lanes[lane] += x[lane];
        }
    }
    for (const double rest : x) {
        lanes[0] += rest;
    }
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/// One array in two formats.
struct inputs {
    std::string hdf5;   ///< dataset "/values"
    std::string shards; ///< Zarr directory
    std::size_t items = 0;
    std::size_t offset = 0; ///< of the numbers in the HDF5 file
};

/// Makes both in a folder.
[[nodiscard]] inputs make_inputs(const std::string& folder, std::size_t items);
/// Of whole numbers, and so exact.
[[nodiscard]] double expected_sum(std::size_t items);

// Sums of what this process reads: part `number` of `parts`.
double raw_pread(const inputs&, std::size_t number, std::size_t parts);

double raw_pread_serial(const inputs&);
double raw_pread_threads(const inputs&);
double raw_pread_mpi(const inputs&); ///< on rank 0

double distproc_hdf5_serial(const inputs&);
double distproc_hdf5_tbb(const inputs&);
double distproc_hdf5_mpi(const inputs&);
double distproc_shard_serial(const inputs&);
double distproc_shard_tbb(const inputs&);
double distproc_shard_mpi(const inputs&);

} // namespace reading
