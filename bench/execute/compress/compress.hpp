// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Noisy doubles, 64 KiB an item, through deflate at level 1 to a file that is flushed: compressing bounds it. A file
// for each competitor; all cut them into chunks of 1 MiB.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace compressing {

inline constexpr std::size_t item_values = 8192;
inline constexpr std::size_t item_bytes = item_values * sizeof(double);
inline constexpr std::size_t chunk_items = 16;
inline constexpr int level = 1;

/// The compute: a slow wave with noise in the lower half of the bits, as measured data have it.
inline void fill(std::size_t item, std::span<double> out) {
    std::uint64_t state = item * 0x9E3779B97F4A7C15U + 1;
    const double wave = std::sin(0.01 * static_cast<double>(item));
    for (double& value : out) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        value = wave + 1e-6 * static_cast<double>(state >> 40U);
    }
}

/// Where the results go: `path` does not exist yet.
struct target {
    std::string path;
    std::size_t items;
};

void raw_zlib_threads(const target&); ///< all cores
void raw_zlib_ranks(const target&);   ///< all ranks, each with a file of its own

void distproc_tbb(const target&);
void distproc_mpi(const target&);
void distproc_gather(const target&);
void distproc_parts(const target&);

/// Throws where a file does not hold what it should.
void check(const target&);

} // namespace compressing
