// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "../../examples/fit_loops/loop_model.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using loops::branch;
using loops::parameters;

namespace {

// a0, a1, a2, a3, a4, b0, b1, b2, b3
constexpr parameters wide{-0.4, 1.3, 2.75, -1.5, 0.02, 0.4, 1.7, 0.9, 2.5};
constexpr parameters inverted{3e-5, -2.2e-4, -0.3, 0.6, 1e-6, 4.0, 0.2, 1.1, 0.15};

struct sample {
    parameters p;
    branch b;
    double voltage, response;
};

// By numpy and scipy.special.erf, from the formula of the paper written out in Python.
const sample samples[] = {
    {wide, branch::rising, -8.5, -0.57000000000000006},
    {wide, branch::rising, 1.65, -0.36697508409547508},
    {wide, branch::rising, 2.7496, -0.097668360530628592},
    {wide, branch::rising, 2.75, -0.097380952380952401},
    {wide, branch::rising, 2.7507, -0.096877988111156554},
    {wide, branch::rising, 3.05, 0.11602002879754014},
    {wide, branch::rising, 8.5, 1.069998185896172},
    {wide, branch::falling, -8.5, -0.57000000000000006},
    {wide, branch::falling, -2.6, -0.42312797099282684},
    {wide, branch::falling, -1.5004, -0.086062928573500758},
    {wide, branch::falling, -1.5, -0.085882352941176437},
    {wide, branch::falling, -1.4993, -0.085566345585676981},
    {wide, branch::falling, -1.2, 0.048930777474923602},
    {wide, branch::falling, 8.5, 1.0699999852629152},
    {inverted, branch::rising, -8.5, 2.0715982028362404e-05},
    {inverted, branch::rising, -1.4, -0.00011751010107570578},
    {inverted, branch::rising, -0.3004, -0.00017980056729379032},
    {inverted, branch::rising, -0.3, -0.00017982380952380952},
    {inverted, branch::rising, -0.2993, -0.00017986448341635833},
    {inverted, branch::rising, 0, -0.00018964491105831279},
    {inverted, branch::rising, 8.5, -0.00018150000000000002},
    {inverted, branch::falling, -8.5, 2.1500000000000001e-05},
    {inverted, branch::falling, -0.5, -9.531264849352209e-07},
    {inverted, branch::falling, 0.5996, -0.00016292096211280896},
    {inverted, branch::falling, 0.6, -0.00016300000000000003},
    {inverted, branch::falling, 0.6007, -0.00016313831606614134},
    {inverted, branch::falling, 0.9, -0.00018897650779650039},
    {inverted, branch::falling, 8.5, -0.00018150000000000002},
};

parameters random_parameters(std::mt19937_64& random) {
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    parameters p{};
    p[loops::offset] = uniform(random);
    p[loops::amplitude] = 2.0 * uniform(random);
    p[loops::rising_bias] = 6.0 * uniform(random);
    p[loops::falling_bias] = 6.0 * uniform(random);
    p[loops::slope] = 0.1 * uniform(random);
    for (std::size_t k = loops::rising_width_below; k < loops::parameter_count; ++k)
        p[k] = std::exp(1.5 * uniform(random));
    return p;
}

} // namespace

TEST_CASE("the loop has the values that scipy gives") {
    for (const sample& s : samples) {
        CAPTURE(s.voltage);
        const double scale = std::abs(s.p[loops::amplitude]);
        CHECK(std::abs(loops::loop_value(s.p, s.b, s.voltage) - s.response) < 1e-13 * scale);
    }
}

TEST_CASE("with equal widths a branch is one error function") {
    parameters p = wide;
    p[loops::rising_width_above] = p[loops::rising_width_below] = 1.3;
    for (double v = -8.5; v <= 8.5; v += 0.37) {
        const double y = 0.5 * (1.0 + std::erf((v - 2.75) / 1.3));
        CHECK(loops::loop_value(p, branch::rising, v) == doctest::Approx(-0.4 + 1.3 * y + 0.02 * v).epsilon(1e-13));
    }
}

TEST_CASE("far from its centre a step is 0 below and 1 above, at its centre the share of its lower width") {
    CHECK(loops::switching_step(-60.0, 0.5, 2.0).y == doctest::Approx(0.0).epsilon(1e-14));
    CHECK(loops::switching_step(60.0, 0.5, 2.0).y == doctest::Approx(1.0).epsilon(1e-14));
    CHECK(loops::switching_step(0.0, 0.5, 2.0).y == doctest::Approx(0.2).epsilon(1e-14));
}

TEST_CASE("the derivatives are those of the value") {
    const unsigned seed = 20240611;
    std::mt19937_64 random(seed);
    CAPTURE(seed);
    std::uniform_real_distribution<double> volts(-8.5, 8.5), close(-0.004, 0.004);
    for (int trial = 0; trial < 400; ++trial) {
        const parameters p = random_parameters(random);
        const branch b = trial % 2 == 0 ? branch::rising : branch::falling;
        const double centre = b == branch::rising ? p[loops::rising_bias] : p[loops::falling_bias];
        const double v =
            trial % 4 < 2 ? volts(random) : centre + close(random); // every other one inside the sharp step
        parameters gradient{};
        const double value = loops::loop_value(p.data(), b, v, gradient.data());
        CHECK(value == loops::loop_value(p, b, v));
        for (std::size_t k = 0; k < loops::parameter_count; ++k) {
            constexpr double h = 2e-5;
            const auto moved = [&](double by) {
                parameters q = p;
                q[k] += by * h;
                return loops::loop_value(q, b, v);
            };
            // Fourth order, so that the step of 1/1000 V in the formula is resolved.
            const double slope = (8.0 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12.0 * h);
            CAPTURE(trial);
            CAPTURE(k);
            CHECK(std::abs(gradient[k] - slope) < 1e-8 * (1.0 + std::abs(slope)));
        }
    }
}

TEST_CASE("branches follow the sign of the voltage step around the cycle") {
    const auto as_text = [](const std::vector<double>& v) {
        std::string text;
        for (const branch b : loops::branches_of(v))
            text += b == branch::rising ? '/' : '\\';
        return text;
    };
    CHECK(as_text({0, 1, 2, 3, 2, 1, 0, -1, -2, -3, -2, -1}) == "////\\\\\\\\\\\\//");
    CHECK(as_text({-3, -2, -1, 0, 1, 2, 1, 0, -1, -2}) == "\\/////\\\\\\\\");
    // A pause stays on its branch, also one across the ends of the list.
    CHECK(as_text({0, 0, 1, 2, 2, 1, 0, -1, -2, -2, -1, 0}) == "/////\\\\\\\\\\//");
    CHECK(as_text({2, 2, 1, 0, -1, -2, -3, -2, -1, 0, 1, 2}) == "//\\\\\\\\\\/////");
}

TEST_CASE("what is no sweep is refused with one sentence") {
    CHECK_THROWS_WITH_AS(
        loops::branches_of(std::vector<double>{}),
        "voltage: a sweep needs at least 5 points of growing and 5 of falling voltage, but this one has "
        "0 and 0",
        std::invalid_argument);
    std::vector<double> ramp(20);
    for (std::size_t i = 0; i < ramp.size(); ++i)
        ramp[i] = static_cast<double>(i);
    CHECK_THROWS_WITH_AS(
        loops::branches_of(ramp),
        "voltage: a sweep needs at least 5 points of growing and 5 of falling voltage, but this one has "
        "19 and 1",
        std::invalid_argument);
    ramp[7] = std::nan("");
    CHECK_THROWS_WITH_AS(loops::branches_of(ramp), "voltage: point 7 of the sweep is not a finite number",
                         std::invalid_argument);
}
