// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The algorithm of the fit_loops example: once, for one loop.
#pragma once

#include "loop_model.hpp"
#include "starting_point.hpp"
#include <distproc/core/named.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace loops {

/// How the fit of a loop ended; the column `status` of the output.
enum class fit_status : std::int32_t {
    converged = 0,
    iteration_limit = 1, ///< the parameters are usable, but the cost was still falling a little
    not_finite = 2,      ///< the loop has a NaN or an infinity; the parameters are NaN
    flat = 3,            ///< the loop is constant but for some spikes: only offset, amplitude 0 and slope 0 are known
    failed = 4           ///< Ceres found no usable step; the parameters are NaN
};

/// The result for one loop. Unit: that of the response (slope: per volt), volts for the biases and the widths.
struct loop_fit {
    double offset, amplitude, rising_bias, falling_bias, slope;
    double rising_width_below, rising_width_above, falling_width_below, falling_width_above;
    double noise; ///< scale of the robust loss, see noise_scale
    double
        residual; ///< root mean square misfit in which an outlier counts by its first power: noise * sqrt(2 cost / n)
    std::int32_t status; ///< a fit_status

    template <class Archive>
    void serialize(Archive& a, unsigned) {
        a& DISTPROC_NAMED(offset) & DISTPROC_NAMED(amplitude) & DISTPROC_NAMED(rising_bias);
        a& DISTPROC_NAMED(falling_bias) & DISTPROC_NAMED(slope) & DISTPROC_NAMED(rising_width_below);
        a& DISTPROC_NAMED(rising_width_above) & DISTPROC_NAMED(falling_width_below);
        a& DISTPROC_NAMED(falling_width_above) & DISTPROC_NAMED(noise) & DISTPROC_NAMED(residual);
        a& DISTPROC_NAMED(status);
    }
};

/// Fits the nine-parameter loop to one response, measured at the voltages (in volts) of a cyclic sweep: robust
/// non-linear least squares by Ceres Solver from starting points that the response itself gives. About 2 ms for a loop
/// of 64 points. The same bits for the same response, in any thread and in any order. Calls may run at the same time.
class fit_loop {
public:
    /// Stored with the results.
    static constexpr std::string_view name = "nine-parameter switching loop, doi:10.1063/1.2214699, soft L1 loss";

    fit_loop() = default;

    /// Throws std::invalid_argument if the voltages do not form a sweep, see branches_of.
    explicit fit_loop(std::vector<double> voltages) : voltage(std::move(voltages)), sweep_(voltage) {}

    /// Throws std::invalid_argument if the response has another length than the sweep; a bad loop gets a status.
    loop_fit operator()(std::span<const double> response) const;

    /// The parameters of the algorithm, stored with its results.
    template <class Archive>
    void serialize(Archive& a, unsigned) {
        a& distproc::named("voltage_in_volts", voltage);
    }

private:
    std::vector<double> voltage;
    sweep sweep_;
};

} // namespace loops
