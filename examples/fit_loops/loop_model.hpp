// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The nine-parameter switching loop of band-excitation piezoresponse spectroscopy: two branches, each a step of
// error functions, on a sloping line. With the voltage v (volts) and the response r (the unit of the data):
//
//     r(v)  = a0 + a1 y(v) + a4 v
//     y(v)  = (g erf((v - c) / g) + lower) / (lower + upper)            0 far below c, 1 far above c
//     g(v)  = lower + (upper - lower) / 2 (erf((v - c) d) + 1)          lower for v < c, upper for v > c
//
// On the rising branch (voltage growing) c = a2, lower = b0, upper = b1; on the falling one c = a3, lower = b2,
// upper = b3. All b are widths in volts, above 0; d = 1000 per volt makes g a step. y has two continuous derivatives
// in spite of it, because g erf(x / g) does not depend on g to the second order in x.
//
// Source: S. Jesse, H. N. Lee, S. V. Kalinin, "Quantitative mapping of switching behavior in piezoresponse force
// microscopy", Rev. Sci. Instrum. 77, 073702 (2006), doi:10.1063/1.2214699.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace loops {

/// The parameters in the order a0, a1, a2, a3, a4, b0, b1, b2, b3 of the paper.
enum parameter : std::size_t {
    offset,              ///< a0, response far below the switching voltages, slope aside; unit of the response
    amplitude,           ///< a1, height of the step; below 0 for an inverted loop; unit of the response
    rising_bias,         ///< a2, where the rising branch switches; volts
    falling_bias,        ///< a3, where the falling branch switches; volts
    slope,               ///< a4, unit of the response per volt
    rising_width_below,  ///< b0, width of the rising step at voltages below a2; volts
    rising_width_above,  ///< b1, the same above a2
    falling_width_below, ///< b2, width of the falling step at voltages below a3; volts
    falling_width_above, ///< b3, the same above a3
    parameter_count
};

using parameters = std::array<double, parameter_count>;

enum class branch : unsigned char { rising, falling };

/// The step y of one branch and its derivatives by its centre and by its two widths.
struct step_value {
    double y, by_centre, by_lower, by_upper;
};

/// y at x = v - c volts. `lower` and `upper` must be above 0.
inline step_value switching_step(double x, double lower, double upper) {
    constexpr double sharpness = 1000.0; // d, per volt
    constexpr double two_over_sqrt_pi = 2.0 * std::numbers::inv_sqrtpi;
    const double s = x * sharpness;
    const bool near = std::abs(s) < 6.0; // erf(6) is 1 in double precision
    const double side = near ? std::erf(s) : (x < 0.0 ? -1.0 : 1.0);
    const double g = 0.5 * (upper - lower) * (side + 1.0) + lower;
    const double g_by_x = near ? 0.5 * (upper - lower) * two_over_sqrt_pi * std::exp(-s * s) * sharpness : 0.0;
    const double u = x / g;
    const double e = std::erf(u);
    const double bell = two_over_sqrt_pi * std::exp(-u * u);
    const double norm = 1.0 / (lower + upper);
    const double y = (g * e + lower) * norm;
    const double by_g = (e - u * bell) * norm;
    return {y, -(bell * norm + by_g * g_by_x), by_g * 0.5 * (1.0 - side) + (1.0 - y) * norm,
            by_g * 0.5 * (1.0 + side) - y * norm};
}

/// The response and, if `gradient` is not null, its derivatives by the nine parameters.
inline double loop_value(const double* p, branch b, double voltage, double* gradient) {
    const bool up = b == branch::rising;
    const std::size_t centre = up ? rising_bias : falling_bias;
    const std::size_t lower = up ? rising_width_below : falling_width_below;
    const std::size_t upper = lower + 1;
    const step_value step = switching_step(voltage - p[centre], p[lower], p[upper]);
    if (gradient != nullptr) {
        for (std::size_t i = 0; i < parameter_count; ++i)
            gradient[i] = 0.0;
        gradient[offset] = 1.0;
        gradient[amplitude] = step.y;
        gradient[slope] = voltage;
        gradient[centre] = p[amplitude] * step.by_centre;
        gradient[lower] = p[amplitude] * step.by_lower;
        gradient[upper] = p[amplitude] * step.by_upper;
    }
    return p[offset] + p[amplitude] * step.y + p[slope] * voltage;
}

/// The response at `voltage` on branch `b`, in the unit of a0.
inline double loop_value(const parameters& p, branch b, double voltage) {
    return loop_value(p.data(), b, voltage, nullptr);
}

/// Which branch each point of a cyclic sweep belongs to: the sign of its voltage minus the voltage before it, the last
/// point coming before the first. So 0 -> +8.5 -> -8.5 -> 0 V needs no rotation: the start and the end of that sweep
/// are one rising branch, a turning point belongs to the branch that led to it, and a point that repeats the voltage
/// before it stays on its branch. Throws std::invalid_argument if a voltage is not finite or a branch has fewer than
/// 5 points, since nine parameters need more points than that.
inline std::vector<branch> branches_of(std::span<const double> voltage) {
    const std::size_t n = voltage.size();
    std::vector<branch> result(n, branch::rising);
    std::size_t rising = 0;
    branch last = branch::rising;
    for (std::size_t pass = 0; pass < 2; ++pass) { // the second pass knows the branch on which the sweep ends
        rising = 0;
        for (std::size_t i = 0; i < n; ++i) {
            if (!std::isfinite(voltage[i]))
                throw std::invalid_argument("voltage: point " + std::to_string(i) +
                                            " of the sweep is not a finite number");
            const double before = voltage[i == 0 ? n - 1 : i - 1];
            if (voltage[i] != before)
                last = voltage[i] > before ? branch::rising : branch::falling;
            result[i] = last;
            rising += last == branch::rising ? 1 : 0;
        }
    }
    if (rising < 5 || n - rising < 5)
        throw std::invalid_argument(
            "voltage: a sweep needs at least 5 points of growing and 5 of falling voltage, but this one has " +
            std::to_string(rising) + " and " + std::to_string(n - rising));
    return result;
}

} // namespace loops
