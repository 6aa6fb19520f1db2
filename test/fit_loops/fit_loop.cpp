// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "../../examples/fit_loops/fit_loop.hpp"

#include <distproc/core/describe.hpp>
#include <distproc/core/parameters.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

using loops::branch;
using loops::fit_status;
using loops::loop_fit;
using loops::parameters;

namespace {

std::vector<double> triangle(std::size_t points = 64, double maximum = 8.5) {
    std::vector<double> v(points);
    for (std::size_t i = 0; i < points; ++i) {
        const double quarter = 4.0 * static_cast<double>(i) / static_cast<double>(points);
        v[i] = maximum * (quarter <= 1.0 ? quarter : quarter <= 3.0 ? 2.0 - quarter : quarter - 4.0);
    }
    return v;
}

std::vector<double> exact_loop(const parameters& p, const std::vector<double>& v) {
    const auto branches = loops::branches_of(v);
    std::vector<double> r(v.size());
    for (std::size_t i = 0; i < v.size(); ++i)
        r[i] = loops::loop_value(p, branches[i], v[i]);
    return r;
}

/// A loop whose steps spread over some voltages, so that all nine parameters can be told.
parameters random_loop(std::mt19937_64& random) {
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    parameters p{};
    p[loops::amplitude] = 2e-4 * (0.5 + uniform(random)) * (uniform(random) < 0.2 ? -1.0 : 1.0);
    p[loops::offset] = 1e-4 * (uniform(random) - 0.5);
    p[loops::rising_bias] = 1.5 + 3.0 * uniform(random);
    p[loops::falling_bias] = -1.5 - 3.0 * uniform(random);
    p[loops::slope] = 2e-6 * (uniform(random) - 0.5);
    for (std::size_t k = loops::rising_width_below; k < loops::parameter_count; ++k)
        p[k] = 0.8 + uniform(random);
    return p;
}

parameters parameters_of(const loop_fit& f) {
    return {f.offset,
            f.amplitude,
            f.rising_bias,
            f.falling_bias,
            f.slope,
            f.rising_width_below,
            f.rising_width_above,
            f.falling_width_below,
            f.falling_width_above};
}

bool same_bits(const loop_fit& a, const loop_fit& b) {
    for (std::size_t k = 0; k < loops::parameter_count; ++k)
        if (std::bit_cast<std::uint64_t>(parameters_of(a)[k]) != std::bit_cast<std::uint64_t>(parameters_of(b)[k]))
            return false;
    return a.status == b.status &&
           std::bit_cast<std::uint64_t>(a.residual) == std::bit_cast<std::uint64_t>(b.residual) &&
           std::bit_cast<std::uint64_t>(a.noise) == std::bit_cast<std::uint64_t>(b.noise);
}

std::vector<std::vector<double>> noisy_loops(std::size_t count, unsigned seed, const std::vector<double>& v) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise;
    std::vector<std::vector<double>> result;
    for (std::size_t i = 0; i < count; ++i) {
        result.push_back(exact_loop(random_loop(random), v));
        for (double& r : result.back())
            r += 4e-6 * noise(random);
    }
    return result;
}

constexpr auto converged = static_cast<std::int32_t>(fit_status::converged);

} // namespace

TEST_CASE("a loop without noise gives its parameters back") {
    const unsigned seed = 7;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto v = triangle();
    const loops::fit_loop fit(v);
    for (int trial = 0; trial < 60; ++trial) {
        CAPTURE(trial);
        const parameters p = random_loop(random);
        const loop_fit f = fit(exact_loop(p, v));
        const parameters q = parameters_of(f);
        CHECK(f.status == converged);
        for (const auto k : {loops::offset, loops::amplitude, loops::slope})
            CHECK(std::abs(q[k] - p[k]) < 1e-6 * std::abs(p[loops::amplitude]));
        for (const auto k : {loops::rising_bias, loops::falling_bias, loops::rising_width_below,
                             loops::rising_width_above, loops::falling_width_below, loops::falling_width_above})
            CHECK(std::abs(q[k] - p[k]) < 1e-4);
        CHECK(f.residual < 1e-6 * std::abs(p[loops::amplitude]));
    }
}

TEST_CASE("noise and far outliers move the parameters by no more than the noise allows") {
    const unsigned seed = 11;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise;
    std::uniform_int_distribution<std::size_t> place(0, 63);
    const auto v = triangle();
    const loops::fit_loop fit(v);
    int astray = 0;
    for (int trial = 0; trial < 200; ++trial) {
        const parameters p = random_loop(random);
        auto r = exact_loop(p, v);
        for (double& x : r)
            x += 0.01 * std::abs(p[loops::amplitude]) * noise(random);
        for (int outlier = 0; outlier < 3; ++outlier)
            r[place(random)] = (outlier == 1 ? -1.0 : 1.0) * 0.05;
        const parameters q = parameters_of(fit(r));
        const double height = std::abs(q[loops::amplitude] / p[loops::amplitude] - 1.0);
        const double rising = std::abs(q[loops::rising_bias] - p[loops::rising_bias]);
        const double falling = std::abs(q[loops::falling_bias] - p[loops::falling_bias]);
        astray += height < 0.1 && rising < 1.0 && falling < 1.0 ? 0 : 1;
    }
    CHECK(astray <= 10); // an outlier in the middle of a step hides where it is
}

TEST_CASE("the noise scale of Gaussian noise is its standard deviation") {
    std::mt19937_64 random(3);
    std::normal_distribution<double> noise(0.0, 0.25);
    std::vector<double> r(20000);
    for (double& x : r)
        x = noise(random);
    CHECK(loops::noise_scale(r) == doctest::Approx(0.25).epsilon(0.03));
}

TEST_CASE("bad loops get a status and defined values") {
    const auto v = triangle();
    const loops::fit_loop fit(v);
    std::mt19937_64 random(5);
    auto r = exact_loop(random_loop(random), v);
    r[40] = std::numeric_limits<double>::quiet_NaN();
    loop_fit f = fit(r);
    CHECK(f.status == static_cast<std::int32_t>(fit_status::not_finite));
    CHECK(std::isnan(f.amplitude));
    CHECK(std::isnan(f.residual));
    r[40] = -std::numeric_limits<double>::infinity();
    CHECK(fit(r).status == static_cast<std::int32_t>(fit_status::not_finite));

    std::vector<double> flat(64, 0.125);
    flat[9] = 3.0;
    f = fit(flat);
    CHECK(f.status == static_cast<std::int32_t>(fit_status::flat));
    CHECK(f.offset == 0.125);
    CHECK(f.amplitude == 0.0);
    CHECK(std::isnan(f.rising_bias));

    for (const double scale : {1e-290, 1e290}) { // far from 1, yet a loop like any other
        auto scaled = exact_loop(random_loop(random), v);
        for (double& x : scaled)
            x *= scale;
        f = fit(scaled);
        CHECK((f.status == converged || f.status == static_cast<std::int32_t>(fit_status::iteration_limit)));
        CHECK(std::isfinite(f.amplitude));
    }
    for (double& x : r)
        x = random() % 2 == 0 ? 1.7e308 : -1.7e308; // differences overflow
    f = fit(r);
    CHECK((f.status == static_cast<std::int32_t>(fit_status::failed) || std::isfinite(f.amplitude)));
}

TEST_CASE("a loop of another length is refused") {
    const loops::fit_loop fit(triangle());
    CHECK_THROWS_WITH_AS(fit(std::vector<double>(63)), "fit_loop: the loop has 63 points, but the voltage sweep has 64",
                         std::invalid_argument);
}

TEST_CASE("the same loop gives the same bits in any order, at any address and in any thread") {
    const auto v = triangle();
    const auto data = noisy_loops(40, 17, v);
    const loops::fit_loop fit(v);
    std::vector<loop_fit> first;
    for (const auto& r : data)
        first.push_back(fit(r));

    for (std::size_t i = data.size(); i-- > 0;) {
        const auto shifted = std::make_unique<double[]>(64 + 1 + i % 7);
        double* const place = shifted.get() + 1 + i % 7;
        std::memcpy(place, data[i].data(), 64 * sizeof(double));
        CHECK(same_bits(first[i], fit({place, 64})));
        CHECK(same_bits(first[i], loops::fit_loop(v)(data[i])));
    }
    std::vector<std::vector<loop_fit>> by_thread(4);
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < by_thread.size(); ++t)
            threads.emplace_back([&, t] {
                for (std::size_t i = 0; i < data.size(); ++i)
                    by_thread[t].push_back(fit(data[(i + 7 * t) % data.size()]));
            });
    }
    for (std::size_t t = 0; t < by_thread.size(); ++t)
        for (std::size_t i = 0; i < data.size(); ++i)
            CHECK(same_bits(first[(i + 7 * t) % data.size()], by_thread[t][i]));
}

TEST_CASE("the result is twelve named columns and the compute states its sweep") {
    const auto layout = distproc::describe<loop_fit>();
    REQUIRE(layout.members.size() == 12);
    CHECK(layout.members[1].name == "amplitude");
    CHECK(layout.members[11].name == "status");
    CHECK(layout.members[11].kind == distproc::element_kind::int32);
    const auto stated = distproc::parameters_of(loops::fit_loop(triangle()));
    REQUIRE(stated.size() == 1);
    CHECK(stated[0].name == "voltage_in_volts");
    CHECK(stated[0].bytes.size() == 64 * sizeof(double));
}
