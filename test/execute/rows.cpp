// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/rows.hpp"

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/random_stream.hpp>

#include <algorithm>
#include <utility>

namespace test {

rows::rows(distproc::shape axes, std::size_t row_length)
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

const std::vector<finding>& rows::plain_loop(bool with_factors, bool with_random) const {
    std::vector<finding>& all = results_[(with_factors ? 2U : 0U) + (with_random ? 1U : 0U)];
    if (!all.empty()) {
        return all;
    }
    distproc::aligned_buffer aligned(length * sizeof(double));
    auto* row = reinterpret_cast<double*>(aligned.data());
    all.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        std::copy(spans[i].begin(), spans[i].end(), row);
        distproc::random_stream random(seed, i);
        all.push_back(look_at({row, length}, with_factors ? factors[i] : 1, with_random ? random() : 0));
    }
    return all;
}

std::vector<double> rows::transposed() const {
    std::vector<double> columns(count * length);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t k = 0; k < length; ++k) {
            columns[k * count + i] = spans[i][k];
        }
    }
    return columns;
}

std::size_t differing(const std::vector<finding>& results, const std::vector<finding>& expected) {
    std::size_t wrong = results.size() == expected.size() ? 0 : expected.size();
    for (std::size_t i = 0; i < std::min(results.size(), expected.size()); ++i) {
        wrong += same(results[i], expected[i]) ? 0 : 1;
    }
    return wrong;
}

} // namespace test
