// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The memory-bound problem: y = a x + b for each of many doubles in memory. A file for each competitor.
#pragma once

#include <cstddef>
#include <span>

namespace axpy {

struct line {
    double a = 2.5;
    double b = -1.25;
};

using inputs = std::span<const double>;
using outputs = std::span<double>;

/// Items of a cell in cell form: 2 KiB, so that a cell, its results and their aligned copies stay in the first-level
/// cache.
inline constexpr std::size_t cell_items = 256;

void plain_loop(line, inputs, outputs);
void raw_tbb(line, inputs, outputs);

void distproc_serial_items(line, inputs, outputs);
void distproc_serial_cells(line, inputs, outputs);
void distproc_tbb_items(line, inputs, outputs);
void distproc_tbb_cells(line, inputs, outputs);

} // namespace axpy
