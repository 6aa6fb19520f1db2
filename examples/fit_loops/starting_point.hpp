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

/// The response with spikes taken out: the median of each point and its four neighbours along the cyclic sweep. Steps
/// stay where they are; a burst of three or more outliers stays too.
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
/// noise gives its standard deviation) and of 2 % of the height of the loop (10th to 90th percentile without spikes),
/// because a real loop departs from the model by about that much even where its noise is lower.
inline double noise_scale(std::span<const double> response) {
    const std::size_t n = response.size();
    std::vector<double> work(n);
    for (std::size_t i = 0; i < n; ++i)
        work[i] = std::abs(response[i == 0 ? n - 1 : i - 1] - 2.0 * response[i] + response[i + 1 == n ? 0 : i + 1]);
    const double noise = 1.4826 * median_of(work) / std::sqrt(6.0);
    work = despiked(response);
    std::sort(work.begin(), work.end());
    return std::max(noise, 0.02 * (work[n - 1 - n / 10] - work[n / 10]));
}

/// The sweep, prepared once for all loops: branches, limits of the parameters that are voltages, and the table of steps
/// that the first guess is chosen from.
class sweep {
public:
    sweep() = default;

    /// Throws std::invalid_argument if the voltages do not form a sweep, see branches_of.
    explicit sweep(std::vector<double> voltage) : voltage_(std::move(voltage)), branch_(branches_of(voltage_)) {
        const auto [low, high] = std::minmax_element(voltage_.begin(), voltage_.end());
        low_ = *low;
        high_ = *high;
        prepare_steps();
    }

    [[nodiscard]] std::span<const double> voltage() const { return voltage_; }
    [[nodiscard]] std::span<const branch> branches() const { return branch_; }
    [[nodiscard]] std::size_t size() const { return voltage_.size(); }
    [[nodiscard]] double low() const { return low_; }    ///< lower limit of both switching voltages; volts
    [[nodiscard]] double high() const { return high_; }  ///< upper limit of both switching voltages; volts
    /// Lower limit of the widths: a quarter of the mean distance between two voltages; sharper steps look alike.
    [[nodiscard]] double narrowest() const { return 0.25 * step_; }
    /// Upper limit of the widths: half the span of the sweep; a wider step looks like the sloping line.
    [[nodiscard]] double widest() const { return 0.5 * (high_ - low_); }

    /// The first guess: of all pairs of a rising and a falling step in a table (centres half way between neighbouring
    /// voltages, two widths), the pair that explains most of the despiked response by linear least squares, together
    /// with the offset, the amplitude and the slope that belong to it. All four widths start equal on a branch.
    [[nodiscard]] parameters starting_point(std::span<const double> response) const;

private:
    struct candidate {
        double centre, width;
        std::vector<double> value;  // over all points; 0 on the other branch
        double by_one, by_line;     // projections on the constant and on the sloping line, both of unit length
        double square;
    };

    void prepare_steps();

    std::vector<double> voltage_;
    std::vector<branch> branch_;
    std::vector<double> line_;  // the voltage without its mean, of unit length
    std::vector<candidate> rising_, falling_;
    double low_ = 0.0, high_ = 0.0, step_ = 0.0;
};

inline void sweep::prepare_steps() {
    const std::size_t n = size();
    double mean = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        mean += voltage_[i] / static_cast<double>(n);
        step_ += std::abs(voltage_[i] - voltage_[i == 0 ? n - 1 : i - 1]) / static_cast<double>(n);
    }
    double square = 0.0;
    for (const double v : voltage_)
        square += (v - mean) * (v - mean);
    for (const double v : voltage_)
        line_.push_back((v - mean) / std::sqrt(square));
    std::vector<double> levels(voltage_);
    std::sort(levels.begin(), levels.end());
    levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
    for (const branch b : {branch::rising, branch::falling}) {
        auto& table = b == branch::rising ? rising_ : falling_;
        for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
            for (const double width : {step_, 4.0 * step_}) {
                candidate c{0.5 * (levels[k] + levels[k + 1]), width, std::vector<double>(n), 0.0, 0.0, 0.0};
                for (std::size_t i = 0; i < n; ++i) {
                    if (branch_[i] != b)
                        continue;
                    c.value[i] = switching_step(voltage_[i] - c.centre, width, width).y;
                    c.by_one += c.value[i] / std::sqrt(static_cast<double>(n));
                    c.by_line += c.value[i] * line_[i];
                    c.square += c.value[i] * c.value[i];
                }
                table.push_back(std::move(c));
            }
        }
    }
}

inline parameters sweep::starting_point(std::span<const double> response) const {
    const std::size_t n = size();
    const double root = std::sqrt(static_cast<double>(n));
    const std::vector<double> z = despiked(response);
    double z_one = 0.0, z_line = 0.0, z_line_norm = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        z_one += z[i] / root;
        z_line += z[i] * line_[i];
        z_line_norm += voltage_[i] * line_[i];
    }
    const auto project = [&](const candidate& c) {
        double sum = 0.0;
        for (std::size_t i = 0; i < n; ++i)
            sum += c.value[i] * z[i];
        return sum - c.by_one * z_one - c.by_line * z_line;
    };
    std::vector<double> rising_part, falling_part;
    for (const candidate& c : rising_)
        rising_part.push_back(project(c));
    for (const candidate& c : falling_)
        falling_part.push_back(project(c));

    double best = -1.0, height = 0.0;
    const candidate* up = &rising_.front();
    const candidate* down = &falling_.front();
    for (std::size_t i = 0; i < rising_.size(); ++i) {
        for (std::size_t k = 0; k < falling_.size(); ++k) {
            const candidate& r = rising_[i];
            const candidate& f = falling_[k];
            const double one = r.by_one + f.by_one, line = r.by_line + f.by_line;
            const double left = r.square + f.square - one * one - line * line;  // of the step pair, squared length
            const double along = rising_part[i] + falling_part[k];
            if (left > 1e-3 && along * along > best * left) {
                best = along * along / left;
                height = along / left;
                up = &r;
                down = &f;
            }
        }
    }
    const double tilt = (z_line - height * (up->by_line + down->by_line)) / z_line_norm;
    double mean_voltage = 0.0;
    for (const double v : voltage_)
        mean_voltage += v / static_cast<double>(n);
    const double level = (z_one - height * (up->by_one + down->by_one)) / root - tilt * mean_voltage;
    return {level, height, up->centre, down->centre, tilt, up->width, up->width, down->width, down->width};
}

/// The same for a single loop; prepares the sweep each time.
inline parameters starting_point(std::span<const double> voltage, std::span<const double> response) {
    return sweep(std::vector<double>(voltage.begin(), voltage.end())).starting_point(response);
}

}  // namespace loops
