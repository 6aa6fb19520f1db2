// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "fit.hpp"

#include <cstddef>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace fit {

std::vector<double> sweep() {
    std::vector<double> voltage(points);
    for (std::size_t k = 0; k < points; ++k) {
        const double quarter = 4.0 * static_cast<double>(k) / points;
        voltage[k] = 8.5 * (quarter <= 1.0 ? quarter : quarter <= 3.0 ? 2.0 - quarter : quarter - 4.0);
    }
    return voltage;
}

scan generated_scan(std::size_t items) {
    std::mt19937_64 random(2500);
    std::uniform_real_distribution<double> uniform;
    std::normal_distribution<double> noise(0.0, 0.02);
    const auto between = [&](double low, double high) { return low + (high - low) * uniform(random); };
    const std::vector<double> voltage = sweep();
    const std::vector<loops::branch> branches = loops::branches_of(voltage);
    scan result(items);
    for (loop& one : result) {
        loops::parameters p{};
        p[loops::offset] = between(-0.6, -0.4);
        p[loops::amplitude] = between(0.4, 1.4);
        p[loops::rising_bias] = between(2.5, 5.0);
        p[loops::falling_bias] = between(-5.0, -2.5);
        p[loops::slope] = between(0.0, 0.02);
        for (std::size_t k = loops::rising_width_below; k < p.size(); ++k) {
            p[k] = between(0.3, 1.5);
        }
        for (std::size_t k = 0; k < points; ++k) {
            one[k] = loops::loop_value(p, branches[k], voltage[k]) + noise(random);
            if (uniform(random) < 0.004) {
                one[k] += between(-30.0, 30.0);
            }
        }
    }
    return result;
}

void check_same(const fits& expected, const fits& got, const char* whose) {
    const auto numbers = [](const loop_fit& f) {
        return std::array{f.offset, f.amplitude, f.rising_bias, f.falling_bias, f.slope, f.residual};
    };
    for (std::size_t k = 0; k < expected.size(); ++k) {
        if (k >= got.size() || numbers(expected[k]) != numbers(got[k]) || expected[k].status != got[k].status) {
            throw std::runtime_error(std::string(whose) + ": loop " + std::to_string(k) +
                                     " has another result than the plain loop gives");
        }
    }
}

} // namespace fit
