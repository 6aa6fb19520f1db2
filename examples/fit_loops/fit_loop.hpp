// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "loop_model.hpp"
#include "starting_point.hpp"

#include <ceres/ceres.h>
#include <glog/logging.h>

#include <cstdlib>
#include <limits>

namespace loops {
struct raw_fit { parameters p; double noise, cost; int iters; int status; };

class misfit final : public ceres::SizedCostFunction<1, parameter_count> {
public:
    double voltage=0, response=0; branch b{};
    bool Evaluate(double const* const* p, double* residual, double** jac) const override {
        *residual = loop_value(p[0], b, voltage, jac && jac[0] ? jac[0] : nullptr) - response;
        return std::isfinite(*residual);
    }
};
inline double env(const char* n, double d) { const char* s = std::getenv(n); return s ? std::atof(s) : d; }

inline raw_fit fit_raw(const sweep& sw, std::span<const double> response, const parameters& start, double noise) {
    const std::size_t n = sw.size();
    std::vector<misfit> m(n);
    parameters p = start;
    const double centre = 0;
    p[offset] = (p[offset] - centre) / noise; p[amplitude] /= noise; p[slope] /= noise;
    ceres::Problem::Options po;
    po.cost_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
    po.loss_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
    po.disable_all_safety_checks = true;
    ceres::Problem prob(po);
    static const double C = env("C", 1), lossk = env("LOSS", 0), A = env("A", 1e300);
    ceres::CauchyLoss cl(C); ceres::SoftLOneLoss sl(C);
    ceres::LossFunction* loss = lossk == 0 ? (ceres::LossFunction*)&cl : &sl;
    for (std::size_t i = 0; i < n; ++i) {
        m[i].voltage = sw.voltage()[i]; m[i].b = sw.branches()[i]; m[i].response = (response[i] - centre) / noise;
        prob.AddResidualBlock(&m[i], loss, p.data());
    }
    for (auto k : {rising_bias, falling_bias}) { prob.SetParameterLowerBound(p.data(), (int)k, sw.low()); prob.SetParameterUpperBound(p.data(), (int)k, sw.high()); }
    for (std::size_t k = rising_width_below; k < parameter_count; ++k) { prob.SetParameterLowerBound(p.data(), (int)k, sw.narrowest()); prob.SetParameterUpperBound(p.data(), (int)k, sw.widest()); }
    if (A < 1e200) { prob.SetParameterLowerBound(p.data(), amplitude, -A*std::abs(p[amplitude])); prob.SetParameterUpperBound(p.data(), amplitude, A*std::abs(p[amplitude])); }
    ceres::Solver::Options o;
    o.linear_solver_type = ceres::DENSE_QR;
    o.num_threads = 1; o.logging_type = ceres::SILENT;
    o.function_tolerance = env("FTOL", 1e-12); o.gradient_tolerance = 1e-12; o.parameter_tolerance = 1e-10; o.max_num_iterations = (int)env("ITER", 200);
    ceres::Solver::Summary s;
    ceres::Solve(o, &prob, &s);
    p[offset] = p[offset] * noise + centre; p[amplitude] *= noise; p[slope] *= noise;
    return {p, noise, s.final_cost, (int)s.iterations.size(), (int)s.termination_type};
}
}
