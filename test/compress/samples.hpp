// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

/// What results look like: a smooth curve with some noise in its last digits; then a run of zeros.
[[nodiscard]] inline std::vector<std::byte> smooth(std::size_t bytes, std::uint64_t seed = 1) {
    std::mt19937_64 random(seed);
    std::vector<double> values(bytes / 8 + 1);
    for (std::size_t k = 0; k < values.size() - values.size() / 4; ++k) {
        values[k] = std::sin(0.01 * static_cast<double>(k)) + 1e-9 * static_cast<double>(random() % 1000);
    }
    std::vector<std::byte> out(bytes);
    if (bytes != 0) {
        std::memcpy(out.data(), values.data(), bytes);
    }
    return out;
}

/// What cannot be compressed.
[[nodiscard]] inline std::vector<std::byte> noise(std::size_t bytes, std::uint64_t seed = 2) {
    std::mt19937_64 random(seed);
    std::vector<std::byte> out(bytes);
    for (std::byte& b : out) {
        b = static_cast<std::byte>(random() % 256);
    }
    return out;
}
