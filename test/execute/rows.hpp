// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// The input of these tests: rows of numbers at addresses of every alignment, and their results by a plain loop.
#include "execute/kernels.hpp"
#include <distproc/core/shape.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace test {

inline constexpr std::uint64_t seed = 20240229;

struct rows {
    rows(distproc::shape axes, std::size_t row_length);

    /// Computed at the first call for each way; not by several threads at once.
    [[nodiscard]] const std::vector<finding>& plain_loop(bool with_factors, bool with_random) const;

    /// The rows as columns: (row, items).
    [[nodiscard]] std::vector<double> transposed() const;

    distproc::shape items;
    std::size_t count;
    std::size_t length;
    std::vector<double> numbers;
    std::vector<double> factors;
    std::vector<std::span<const double>> spans;

private:
    mutable std::array<std::vector<finding>, 4> results_; // of plain_loop
};

/// How many results differ from a plain loop's.
[[nodiscard]] std::size_t differing(const std::vector<finding>& results, const std::vector<finding>& expected);

} // namespace test
