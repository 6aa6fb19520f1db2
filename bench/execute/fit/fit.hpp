// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The compute-bound problem: the loop fit of examples/fit_loops, about a millisecond an item and not equally long for
// all, over a scan in memory. A file for each competitor.
#pragma once

#include "../../../examples/fit_loops/fit_loop.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace fit {

inline constexpr std::size_t points = 64;

using loop = std::array<double, points>;
using loops::fit_loop;
using loops::loop_fit;
using scan = std::vector<loop>;
using fits = std::vector<loop_fit>;

/// The voltages of all loops: 0 -> 8.5 -> -8.5 -> 0 V.
[[nodiscard]] std::vector<double> sweep();
/// Loops with noise and outliers; the same ones each time.
[[nodiscard]] scan generated_scan(std::size_t items);
/// Throws where results are not the same, bit for bit.
void check_same(const fits& expected, const fits& got, const char* whose);

void plain_loop(const fit_loop&, const scan&, fits&);
void raw_tbb(const fit_loop&, const scan&, fits&);
void distproc_serial(const fit_loop&, const scan&, fits&);
void distproc_tbb(const fit_loop&, const scan&, fits&);

// Over the ranks of MPI_COMM_WORLD, which are on one node; the results arrive on rank 0.
void raw_mpi(const fit_loop&, const scan&, fits&);
void raw_mpi_tbb(const fit_loop&, const scan&, fits&);
void distproc_mpi(const fit_loop&, const scan&, fits&);
void distproc_hybrid(const fit_loop&, const scan&, fits&);

} // namespace fit
