// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// What a loop fit needs before it starts: the scale of the noise, the limits of the parameters and a first guess, all
// from the data alone and all insensitive to some points that are far off.
#pragma once

#include "loop_model.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace loops {

/// How many first guesses a fit tries. A real loop has several minima of nearly the same cost, because a sharp step may
/// lie anywhere between two voltages.
inline constexpr std::size_t start_count = 3;

/// Median of a copy of the values; for an even number of values the mean of the middle two.
inline double median_of(std::span<const double> values) {
    std::vector<double> v(values.begin(), values.end());
    const std::size_t half = v.size() / 2;
    std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(half), v.end());
    const double upper = v[half];
    if (v.size() % 2 == 1)
        return upper;
    return 0.5 * (upper + *std::max_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(half)));
}

/// The response with far outliers drawn in: nothing further below the 10th or above the 90th percentile than `reach`
/// times the distance of these two, the height of the loop. A fit sees the response with a reach of 2, since some
/// points that are off by orders would outweigh all others even under a robust loss, which only makes them count by
/// their first power.
inline std::vector<double> winsorised(std::span<const double> response, double reach = 2.0) {
    const std::size_t n = response.size();
    std::vector<double> result(response.begin(), response.end());
    std::sort(result.begin(), result.end());
    const double low = result[n / 10], high = result[n - 1 - n / 10];
    for (std::size_t i = 0; i < n; ++i)
        result[i] = std::clamp(response[i], low - reach * (high - low), high + reach * (high - low));
    return result;
}

/// The response without spikes: the median of each point and its four neighbours along the cyclic sweep. Steps stay
/// where they are.
inline std::vector<double> despiked(std::span<const double> response) {
    const std::size_t n = response.size();
    std::vector<double> result(n);
    std::array<double, 5> window{};
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < 5; ++k)
            window[k] = response[(i + n + k - 2) % n];
        std::nth_element(window.begin(), window.begin() + 2, window.end());
        result[i] = window[2];
    }
    return result;
}

/// Scale of the misfit that the robust loss regards as ordinary, in the unit of the response; 0 for a constant loop.
/// It is the larger of the noise (from the median absolute second difference along the sweep, scaled so that Gaussian
/// noise gives its standard deviation) and of 5 % of the height of the loop (10th to 90th percentile without spikes),
/// because a real loop departs from the model by about that much even where its noise is lower.
inline double noise_scale(std::span<const double> response) {
    const std::size_t n = response.size();
    std::vector<double> work(n);
    for (std::size_t i = 0; i < n; ++i)
        work[i] = std::abs(response[i == 0 ? n - 1 : i - 1] - 2.0 * response[i] + response[i + 1 == n ? 0 : i + 1]);
    const double noise = 1.4826 * median_of(work) / std::sqrt(6.0);
    work = despiked(response);
    std::sort(work.begin(), work.end());
    return std::max(noise, 0.05 * (work[n - 1 - n / 10] - work[n / 10]));
}

/// The sweep, prepared once for all loops: branches, limits of the parameters, and the table of steps that the first
/// guesses are chosen from.
class sweep {
public:
    sweep() = default;

    /// Throws std::invalid_argument if the voltages do not form a sweep, see branches_of.
    explicit sweep(std::span<const double> voltage)
        : voltage_(voltage.begin(), voltage.end()), branch_(branches_of(voltage)) {
        const auto [low, high] = std::minmax_element(voltage_.begin(), voltage_.end());
        low_ = *low;
        high_ = *high;
        prepare_line();
        for (std::size_t k = 0; k < 2; ++k)
            prepare_steps(k == 0 ? branch::rising : branch::falling, steps_[k]);
    }

    [[nodiscard]] std::span<const double> voltage() const { return voltage_; }
    [[nodiscard]] std::span<const branch> branches() const { return branch_; }
    [[nodiscard]] std::size_t size() const { return voltage_.size(); }

    /// Limits of the two switching voltages: the sweep. Volts.
    [[nodiscard]] double low() const { return low_; }
    [[nodiscard]] double high() const { return high_; }
    /// Lower limit of the widths: a quarter of the mean distance between two voltages; sharper steps look alike. Volts.
    [[nodiscard]] double narrowest() const { return 0.25 * spacing_; }
    /// Upper limit of the widths: a quarter of the span of the sweep; a wider step looks like the sloping line. Volts.
    [[nodiscard]] double widest() const { return 0.25 * (high_ - low_); }

    /// First guesses, best first. Each is a pair of a rising and a falling step from a table (centres half way between
    /// neighbouring voltages; narrow and wide), with the offset, the amplitude and the slope that fit the despiked
    /// response best by linear least squares. The first is the best of all pairs; each further one is the best among
    /// those with a centre two or more voltages away from the ones before.
    [[nodiscard]] std::array<parameters, start_count> starting_points(std::span<const double> response) const;

private:
    struct candidate {
        double centre, lower, upper;
        std::vector<double> value; // over all points; 0 on the other branch
        double by_one, by_line;    // projections on the constant and on the sloping line, both of unit length
        double square;
    };

    void prepare_line();
    void prepare_steps(branch b, std::vector<candidate>& table) const;

    std::vector<double> voltage_;
    std::vector<branch> branch_;
    std::vector<double> line_; // the voltage without its mean, of unit length
    std::array<std::vector<candidate>, 2> steps_;
    double low_ = 0.0, high_ = 0.0, spacing_ = 0.0, mean_ = 0.0;
};

inline void sweep::prepare_line() {
    const auto n = static_cast<double>(size());
    double before = voltage_.back();
    double square = 0.0;
    for (const double v : voltage_) {
        mean_ += v / n;
        spacing_ += std::abs(v - before) / n;
        before = v;
    }
    for (const double v : voltage_)
        square += (v - mean_) * (v - mean_);
    for (const double v : voltage_)
        line_.push_back((v - mean_) / std::sqrt(square));
}

inline void sweep::prepare_steps(branch b, std::vector<candidate>& table) const {
    const std::size_t n = size();
    std::vector<double> levels(voltage_);
    std::sort(levels.begin(), levels.end());
    levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
    const double narrow = spacing_, wide = 4.0 * spacing_;
    for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
        for (const auto& [lower, upper] : {std::pair{narrow, narrow}, {narrow, wide}, {wide, narrow}, {wide, wide}}) {
            candidate c{0.5 * (levels[k] + levels[k + 1]), lower, upper, std::vector<double>(n), 0.0, 0.0, 0.0};
            for (std::size_t i = 0; i < n; ++i) {
                if (branch_[i] != b)
                    continue;
                c.value[i] = switching_step(voltage_[i] - c.centre, lower, upper).y;
                c.by_one += c.value[i] / std::sqrt(static_cast<double>(n));
                c.by_line += c.value[i] * line_[i];
                c.square += c.value[i] * c.value[i];
            }
            table.push_back(std::move(c));
        }
    }
}

inline std::array<parameters, start_count> sweep::starting_points(std::span<const double> response) const {
    const std::size_t n = size();
    const double root = std::sqrt(static_cast<double>(n));
    // Least squares are not robust: a reach of a quarter leaves outliers no weight to speak of.
    const std::vector<double> z = despiked(winsorised(response, 0.25));
    double z_one = 0.0, z_line = 0.0, unit = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        z_one += z[i] / root;
        z_line += z[i] * line_[i];
        unit += voltage_[i] * line_[i];
    }
    std::array<std::vector<double>, 2> along; // projections of z on the steps, constant and line taken out
    for (std::size_t k = 0; k < 2; ++k) {
        for (const candidate& c : steps_[k]) {
            double sum = -c.by_one * z_one - c.by_line * z_line;
            for (std::size_t i = 0; i < n; ++i)
                sum += c.value[i] * z[i];
            along[k].push_back(sum);
        }
    }
    std::array<parameters, start_count> result{};
    for (std::size_t found = 0; found < start_count; ++found) {
        const auto taken = [&](double rising, double falling) {
            return std::any_of(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(found), [&](const auto& p) {
                return std::abs(rising - p[rising_bias]) < 1.5 * spacing_ &&
                       std::abs(falling - p[falling_bias]) < 1.5 * spacing_;
            });
        };
        double best = -1.0;
        for (std::size_t i = 0; i < steps_[0].size(); ++i) {
            for (std::size_t k = 0; k < steps_[1].size(); ++k) {
                const candidate& r = steps_[0][i];
                const candidate& f = steps_[1][k];
                const double one = r.by_one + f.by_one;
                const double line = r.by_line + f.by_line;
                const double square = r.square + f.square - one * one - line * line; // of what the line cannot explain
                const double height = (along[0][i] + along[1][k]) / square;
                const double gain = (along[0][i] + along[1][k]) * height;
                if (square < 1e-3 || !(gain > best) || taken(r.centre, f.centre))
                    continue;
                best = gain;
                const double tilt = (z_line - height * line) / unit;
                const double level = (z_one - height * one) / root - tilt * mean_;
                result[found] = {level, height, r.centre, f.centre, tilt, r.lower, r.upper, f.lower, f.upper};
            }
        }
    }
    return result;
}

/// The same for a single loop; prepares the sweep each time.
inline std::array<parameters, start_count> starting_points(std::span<const double> voltage,
                                                           std::span<const double> response) {
    return sweep(voltage).starting_points(response);
}

} // namespace loops
