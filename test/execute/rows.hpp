// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// The input of these tests: rows of numbers at addresses of every alignment, and their results by a plain loop.
#include "execute/kernels.hpp"
#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/random_stream.hpp>
#include <distproc/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace test {

inline constexpr std::uint64_t seed = 20240229;

struct rows {
    rows(distproc::shape axes, std::size_t row_length)
        : items(std::move(axes)), count(distproc::volume(items)), length(row_length), numbers(count * length + 1),
          factors(count) {
        distproc::random_stream random(7, 0);
        for (double& x : numbers) {
            x = (random.uniform() - 0.3) * 1e3;
        }
        for (std::size_t i = 0; i < count; ++i) {
            factors[i] = 0.5 + random.uniform();
            // From the second number on, so that not even the first row is aligned.
            spans.emplace_back(numbers.data() + 1 + i * length, length);
        }
    }

    [[nodiscard]] std::vector<finding> plain_loop(bool with_factors, bool with_random) const {
        std::vector<finding> all;
        distproc::aligned_buffer aligned(length * sizeof(double));
        auto* row = reinterpret_cast<double*>(aligned.data());
        for (std::size_t i = 0; i < count; ++i) {
            std::copy(spans[i].begin(), spans[i].end(), row);
            distproc::random_stream random(seed, i);
            all.push_back(look_at({row, length}, with_factors ? factors[i] : 1, with_random ? random() : 0));
        }
        return all;
    }

    distproc::shape items;
    std::size_t count;
    std::size_t length;
    std::vector<double> numbers;
    std::vector<double> factors;
    std::vector<std::span<const double>> spans;
};

} // namespace test
