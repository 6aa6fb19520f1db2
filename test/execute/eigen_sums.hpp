// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// A vectorising library sums rows of 63 numbers, which lie at every alignment: the same bits from every kind of source.
#include "execute/cross.hpp"
#include <distproc/core/aligned_buffer.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/memory.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

namespace test {

struct sum_of_row {
    double operator()(std::span<const double> row) const { return eigen_sum(row.data(), row.size()); }
};
struct sum_of_array {
    double operator()(const std::array<double, 63>& row) const { return eigen_sum(row.data(), row.size()); }
};
struct sums_of_cell {
    static constexpr std::size_t cell_size = 8;
    using result_type = double;
    void operator()(std::span<const std::span<const double>> rows, std::span<double> sums) const {
        for (std::size_t k = 0; k < rows.size(); ++k) {
            sums[k] = eigen_sum(rows[k].data(), rows[k].size());
        }
    }
};

inline bool equal_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
        return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
    });
}

template <class Executor>
void eigen_sums(const Executor& on) {
    const rows& in = inputs().front();
    REQUIRE(in.length == 63);
    std::vector<double> expected, where_they_lie, sums;
    distproc::aligned_buffer aligned(63 * sizeof(double));
    auto* row = reinterpret_cast<double*>(aligned.data());
    std::vector<std::array<double, 63>> arrays(in.count);
    for (std::size_t i = 0; i < in.count; ++i) {
        std::copy_n(in.spans[i].data(), 63, row);
        std::copy_n(in.spans[i].data(), 63, arrays[i].data());
        expected.push_back(eigen_sum(row, 63));
        where_they_lie.push_back(eigen_sum(in.spans[i].data(), 63));
    }
    if (equal_bits(expected, where_they_lie)) {
        MESSAGE("Eigen's sums do not depend on the alignment here");
    }
    const auto into = distproc::memory_writer{sums, distproc::results_on::every_rank};
    SUBCASE("spans") { (void)execute(in.spans, sum_of_row{}, on, into, quiet()); }
    SUBCASE("arrays") { (void)execute(arrays, sum_of_array{}, on, into, quiet()); }
    SUBCASE("cells") { (void)execute(in.spans, sums_of_cell{}, on, into, quiet()); }
    CHECK(equal_bits(sums, expected));
}

} // namespace test
