// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/kernels.hpp"

#include <cstdint>
#include <cstring>

namespace test {

double lane_sum(const double* row, std::size_t length) {
    double head = 0;
    std::size_t k = 0;
    while (k < length && reinterpret_cast<std::uintptr_t>(row + k) % 32 != 0) {
        head += row[k++];
    }
    double lanes[4] = {};
    for (; k + 4 <= length; k += 4) {
        for (std::size_t lane = 0; lane < 4; ++lane) {
            lanes[lane] += row[k + lane];
        }
    }
    double sum = head + ((lanes[0] + lanes[2]) + (lanes[1] + lanes[3]));
    for (; k < length; ++k) {
        sum += row[k];
    }
    return sum;
}

finding look_at(std::span<const double> row, double factor, std::uint64_t random) {
    finding f{};
    f.sum = lane_sum(row.data(), row.size()) * factor;
    f.odd = static_cast<std::int64_t>(row[0] * 1000) % 2 != 0;
    f.ends = {static_cast<float>(row.front()), static_cast<float>(row.back()), static_cast<float>(factor)};
    f.turn = {row.front() / 3, -row.back() * factor};
    f.of_row.mean = static_cast<float>(f.sum / static_cast<double>(row.size()));
    f.of_row.square = f.sum * f.sum;
    f.state = f.odd ? phase::solid : phase::liquid;
    f.random = random;
    return f;
}

namespace {
template <class T>
bool same_bits(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof(T)) == 0;
}
} // namespace

bool same(const finding& a, const finding& b) {
    return a.odd == b.odd && same_bits(a.sum, b.sum) && same_bits(a.ends, b.ends) && same_bits(a.turn, b.turn) &&
           same_bits(a.of_row.mean, b.of_row.mean) && same_bits(a.of_row.square, b.of_row.square) &&
           a.state == b.state && a.random == b.random;
}

} // namespace test
