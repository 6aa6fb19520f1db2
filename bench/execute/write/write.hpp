// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Results of 64 KiB each, cheap to compute, on the way to the disk: writing bounds it, and the flush is part of it. A
// file for each competitor.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace writing {

inline constexpr std::size_t item_values = 8192;
inline constexpr std::size_t item_bytes = item_values * sizeof(double);

/// The compute.
inline void fill(std::size_t item, std::span<double> out) {
    const auto start = static_cast<double>(item);
    for (std::size_t k = 0; k < out.size(); ++k) {
        out[k] = start + 0.5 * static_cast<double>(static_cast<int>(k));
    }
}

/// Where the results go: `path` does not exist yet.
struct target {
    std::string path;
    std::size_t items;
};

void raw_pwrite_by_one_rank(const target&);
void raw_pwrite_by_all_ranks(const target&);

void distproc_hdf5(const target&);
void distproc_shard(const target&);
void distproc_gather_hdf5(const target&);
void distproc_gather_shard(const target&);

/// Throws where a file does not hold what it should.
void check_hdf5(const target&);
void check_shard(const target&);

} // namespace writing
