// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// One loop as a problem of Ceres Solver: http://ceres-solver.org
#pragma once

#include "loop_model.hpp"
#include "starting_point.hpp"

#include <ceres/ceres.h>
#include <glog/logging.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace loops {

/// Ceres speaks through glog, to standard error and from any thread; a fit that goes wrong says so by its status.
inline const bool log_is_quiet = [] {
    FLAGS_minloglevel = google::FATAL;
    return true;
}();

/// A parameter that stays between two limits, as a smooth function of a free variable q: the logistic function of q
/// scales from one limit to the other, for a width on a logarithmic scale.
class bounded {
public:
    struct inside {
        double value, by_q;
    };

    bounded() = default;
    bounded(double low, double high, bool logarithmic)
        : low_(logarithmic ? std::log(low) : low), high_(logarithmic ? std::log(high) : high),
          logarithmic_(logarithmic) {}

    [[nodiscard]] inside at(double q) const {
        const double e = std::exp(-std::abs(q)); // symmetric, so that neither limit is ever reached with slope 0
        const double value = low_ + (high_ - low_) * (q > 0.0 ? 1.0 : e) / (1.0 + e);
        const double by_q = (high_ - low_) * slope(q);
        return logarithmic_ ? inside{std::exp(value), std::exp(value) * by_q} : inside{value, by_q};
    }

    /// The q of a value, kept 2 % of the range away from the limits, where a fit could hardly leave them.
    [[nodiscard]] double free_variable(double value) const {
        const double share = ((logarithmic_ ? std::log(value) : value) - low_) / (high_ - low_);
        const double s = std::clamp(share, 0.02, 0.98);
        return std::log(s / (1.0 - s));
    }

    /// Derivative of the logistic function.
    [[nodiscard]] static double slope(double q) {
        const double e = std::exp(-std::abs(q));
        return e / ((1.0 + e) * (1.0 + e));
    }

private:
    double low_ = 0.0, high_ = 1.0;
    bool logarithmic_ = false;
};

/// The least-squares problem of one loop: minimise sum rho(r^2) / 2 over the points with r = (model - response) / noise
/// and the loss rho(s) = 2 (sqrt(1 + s) - 1), Ceres' SoftLOneLoss(1) and scipy's soft_l1. So a point that is far off
/// pulls no more than one that is off by some times the noise. Neither moves nor copies: Ceres holds addresses in it.
class loop_problem final : public ceres::EvaluationCallback {
public:
    struct solution {
        parameters p; ///< in the units of the data
        double cost;  ///< of the sum above; no unit
        bool converged;
        bool usable; ///< false if Ceres could not even evaluate the loop
    };

    /// `noise` above 0, in the unit of the response, see noise_scale.
    loop_problem(const sweep& voltages, std::span<const double> response, double noise)
        : noise_(noise), points_(response.size()), problem_(options_of(this)) {
        for (const parameter k : {rising_bias, falling_bias})
            limits_[k] = bounded(voltages.low(), voltages.high(), false);
        for (const parameter k : {rising_width_below, rising_width_above, falling_width_below, falling_width_above})
            limits_[k] = bounded(voltages.narrowest(), voltages.widest(), true);
        for (std::size_t i = 0; i < points_.size(); ++i) {
            points_[i].place(*this, voltages.branches()[i], voltages.voltage()[i], response[i] / noise);
            problem_.AddResidualBlock(&points_[i], &loss_, q_.data());
        }
    }

    loop_problem(const loop_problem&) = delete;
    loop_problem& operator=(const loop_problem&) = delete;

    /// Tries each start for some steps and pursues the best of them to the end.
    solution solve(std::span<const parameters> starts) {
        solution best{};
        parameters best_q{};
        for (const parameters& start : starts) {
            q_ = start;
            for (const parameter k : {offset, amplitude, slope})
                q_[k] /= noise_;
            for (const parameter k : limited)
                q_[k] = limits_[k].free_variable(start[k]);
            const solution next = descend(40, 1e-6);
            if (&start == &starts.front() || (next.usable && !(next.cost >= best.cost))) {
                best = next;
                best_q = q_;
            }
        }
        q_ = best_q;
        best = descend(300, 1e-10);
        for (int turn = 0; turn < 4 && leave_limits(); ++turn) {
            const solution next = descend(300, 1e-10);
            if (!(next.cost < best.cost * (1.0 - 1e-9)))
                break;
            best = next;
        }
        return best;
    }

private:
    static constexpr std::array limited{rising_bias,        falling_bias,        rising_width_below,
                                        rising_width_above, falling_width_below, falling_width_above};

    class point final : public ceres::SizedCostFunction<1, parameter_count> {
    public:
        void place(const loop_problem& owner, branch b, double voltage, double response) {
            owner_ = &owner;
            branch_ = b;
            voltage_ = voltage;
            response_ = response;
        }

        bool Evaluate(const double* const*, double* residual, double** jacobians) const override {
            double* gradient = jacobians == nullptr ? nullptr : jacobians[0];
            *residual = loop_value(owner_->inside_.data(), branch_, voltage_, gradient) - response_;
            if (gradient != nullptr)
                for (const parameter k : limited)
                    gradient[k] *= owner_->by_q_[k];
            return std::isfinite(*residual);
        }

    private:
        const loop_problem* owner_ = nullptr;
        branch branch_ = branch::rising;
        double voltage_ = 0.0, response_ = 0.0;
    };

    static ceres::Problem::Options options_of(loop_problem* self) {
        ceres::Problem::Options o;
        o.cost_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
        o.loss_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
        o.disable_all_safety_checks = true;
        o.evaluation_callback = self;
        return o;
    }

    /// Ceres calls it before it evaluates the points at a new q.
    void PrepareForEvaluation(bool, bool) override {
        inside_ = q_;
        for (const parameter k : limited) {
            const bounded::inside at = limits_[k].at(q_[k]);
            inside_[k] = at.value;
            by_q_[k] = at.by_q;
        }
    }

    solution descend(int steps, double tolerance) {
        ceres::Solver::Options o;
        o.linear_solver_type = ceres::DENSE_QR;
        o.num_threads = 1;
        o.logging_type = ceres::SILENT;
        o.max_num_iterations = steps;
        o.function_tolerance = tolerance;
        o.gradient_tolerance = 1e-10;
        o.parameter_tolerance = 1e-14; // relative to all q together, among which a parameter at its limit is large
        ceres::Solver::Summary summary;
        ceres::Solve(o, &problem_, &summary);
        PrepareForEvaluation(false, true);
        solution s{inside_, summary.final_cost, summary.termination_type == ceres::CONVERGENCE,
                   summary.IsSolutionUsable() && std::isfinite(summary.final_cost)};
        for (const parameter k : {offset, amplitude, slope})
            s.p[k] *= noise_;
        return s;
    }

    /// Close to a limit a step in q moves a parameter by next to nothing, and a descent ends there too early. Takes
    /// back the parameters whose gradient points away from the limit that they are close to; false if there are none.
    bool leave_limits() {
        double cost = 0.0;
        std::vector<double> gradient;
        if (!problem_.Evaluate({}, &cost, nullptr, &gradient, nullptr))
            return false;
        bool moved = false;
        for (const parameter k : limited) {
            const double towards = q_[k] > 0.0 ? gradient[k] : -gradient[k]; // growth of the cost towards the limit
            if (std::abs(q_[k]) > 3.0 && towards > 0.01 * bounded::slope(q_[k])) {
                q_[k] = std::copysign(2.0, q_[k]);
                moved = true;
            }
        }
        return moved;
    }

    double noise_;
    parameters q_{}, inside_{}, by_q_{};
    std::array<bounded, parameter_count> limits_{};
    ceres::SoftLOneLoss loss_{1.0};
    std::vector<point> points_;
    ceres::Problem problem_;
};

} // namespace loops
