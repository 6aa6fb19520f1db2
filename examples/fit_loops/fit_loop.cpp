// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "fit_loop.hpp"

#include "loop_problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace loops {

namespace {

loop_fit no_fit(fit_status why) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {none, none, none, none, none, none, none, none, none, none, none, static_cast<std::int32_t>(why)};
}

} // namespace

loop_fit fit_loop::operator()(std::span<const double> response) const {
    if (response.size() != sweep_.size())
        throw std::invalid_argument("fit_loop: the loop has " + std::to_string(response.size()) +
                                    " points, but the voltage sweep has " + std::to_string(sweep_.size()));
    if (!std::all_of(response.begin(), response.end(), [](double r) { return std::isfinite(r); }))
        return no_fit(fit_status::not_finite);
    const std::vector<double> drawn_in = winsorised(response);
    const double noise = noise_scale(drawn_in);
    if (!(noise >= std::numeric_limits<double>::min())) {
        loop_fit constant = no_fit(fit_status::flat);
        constant.offset = median_of(response);
        constant.amplitude = constant.slope = constant.noise = 0.0;
        return constant;
    }
    loop_problem problem(sweep_, drawn_in, noise);
    const loop_problem::solution s = problem.solve(sweep_.starting_points(drawn_in));
    if (!s.usable || !std::all_of(s.p.begin(), s.p.end(), [](double x) { return std::isfinite(x); }))
        return no_fit(fit_status::failed);
    const auto& p = s.p;
    return {p[loops::offset],
            p[loops::amplitude],
            p[loops::rising_bias],
            p[loops::falling_bias],
            p[loops::slope],
            p[loops::rising_width_below],
            p[loops::rising_width_above],
            p[loops::falling_width_below],
            p[loops::falling_width_above],
            noise,
            noise * std::sqrt(2.0 * s.cost / static_cast<double>(response.size())),
            static_cast<std::int32_t>(s.converged ? fit_status::converged : fit_status::iteration_limit)};
}

} // namespace loops
