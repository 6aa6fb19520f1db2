// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Lists whose lengths and values are a formula of the seed and the item, which check_lists.py has too.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace test {

struct sample_lists {
    std::uint32_t seed;
    bool empty = false;
    std::size_t throws_at = SIZE_MAX;

    /// 0 to 40 values; a few items have some 20,000, and item 3 has 100,001.
    std::vector<double> operator()(std::uint32_t item) const {
        if (item == throws_at) {
            throw std::runtime_error("no peaks");
        }
        const std::uint32_t mixed = item * 0x9E3779B1U + seed;
        std::size_t length = (mixed >> 16U) % 41;
        if (mixed % 97 == 5) {
            length = 20'000 + (mixed >> 20U);
        }
        if (item == 3) {
            length = 100'001;
        }
        std::vector<double> values(empty ? 0 : length);
        for (std::size_t k = 0; k < values.size(); ++k) {
            values[k] = static_cast<double>(mixed) + 0.25 * static_cast<double>(k);
        }
        return values;
    }
};

inline std::vector<std::uint32_t> item_numbers(std::size_t count) {
    std::vector<std::uint32_t> numbers(count);
    for (std::size_t i = 0; i < count; ++i) {
        numbers[i] = static_cast<std::uint32_t>(i);
    }
    return numbers;
}

/// All of them, by a plain loop.
inline std::vector<std::vector<double>> all_lists(const sample_lists& compute, std::size_t count) {
    std::vector<std::vector<double>> all;
    for (const std::uint32_t item : item_numbers(count)) {
        all.push_back(compute(item));
    }
    return all;
}

} // namespace test
