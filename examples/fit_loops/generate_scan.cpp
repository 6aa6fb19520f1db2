// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: a stand-in for a measured scan. Writes hysteresis loops of an imagined ferroelectric film, with relaxation,
//        noise and outliers as measured ones have them, and beside them the parameters they were made of, in /truth.
// Run:   ./generate_scan scan.h5 && ./fit_loops scan.h5 -o fits.h5
// Prints "scan.h5: 50 x 50 loops of 64 points". The same options give the same file, on any machine of one kind.

#include "loop_model.hpp"
#include <distproc/core/random_stream.hpp>
#include <distproc/h5/attributes.hpp>
#include <distproc/h5/lookup.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <numbers>
#include <string>
#include <vector>

namespace {

using loops::branch;
namespace h5 = distproc::h5;

struct scan_options {
    std::string file;
    std::size_t rows = 50, columns = 50, points = 64;
    double maximum = 8.5;    // volts
    double noise = 0.02;     // of the typical amplitude
    double outliers = 0.004; // share of the points
    std::uint64_t seed = 1;
    bool replace = false;
};

constexpr double typical_amplitude = 2e-4; // arbitrary units of the response

/// 0 -> +maximum -> -maximum -> just below 0 V.
std::vector<double> triangular_sweep(const scan_options& o) {
    std::vector<double> v(o.points);
    for (std::size_t i = 0; i < o.points; ++i) {
        const double quarter = 4.0 * static_cast<double>(i) / static_cast<double>(o.points);
        v[i] = o.maximum * (quarter <= 1.0 ? quarter : quarter <= 3.0 ? 2.0 - quarter : quarter - 4.0);
    }
    return v;
}

/// A smooth field over the unit square, about -1 to 1; another one for each number.
double field(const scan_options& o, std::uint64_t number, double x, double y) {
    distproc::random_stream random(o.seed, ~number);
    double sum = 0.0;
    for (int wave = 1; wave <= 4; ++wave) {
        const double angle = 2.0 * std::numbers::pi * random.uniform();
        const double phase = 2.0 * std::numbers::pi * random.uniform();
        const double length = 2.0 * std::numbers::pi * (0.6 + 0.5 * wave);
        sum += 0.5 * std::cos(length * (x * std::cos(angle) + y * std::sin(angle)) + phase) / std::sqrt(wave);
    }
    return sum;
}

/// Stripe domains with rough walls: the polarisation, -1 or 1, fades to 0 in a wall; the field shifts the stripes.
double polarisation(const scan_options& o, double x, double y) {
    return std::tanh(4.0 * std::sin(2.0 * std::numbers::pi * (2.5 * x + 0.9 * y + 0.35 * field(o, 0, x, y))));
}

loops::parameters parameters_at(const scan_options& o, double x, double y) {
    const double domain = polarisation(o, x, y);
    const double wall = 1.0 - domain * domain;
    // Clamped walls switch less; a round patch in one corner is poled the other way, so its loops are inverted.
    const bool inverted = std::hypot(x - 0.82, y - 0.2) < 0.11;
    const double height = typical_amplitude * (1.0 + 0.3 * field(o, 1, x, y)) * (1.0 - 0.65 * wall);
    const double imprint = 0.9 * domain + 0.5 * field(o, 2, x, y);
    const double coercive = 3.8 + 0.7 * field(o, 3, x, y) - 0.8 * wall;
    const double width = 0.7 + 0.3 * field(o, 4, x, y) + 0.5 * wall;
    loops::parameters p{};
    p[loops::amplitude] = inverted ? -height : height;
    p[loops::offset] = -0.5 * p[loops::amplitude] + 0.15 * typical_amplitude * domain;
    p[loops::rising_bias] = imprint + coercive;
    p[loops::falling_bias] = imprint - coercive;
    p[loops::slope] = 0.006 * typical_amplitude * (1.0 + field(o, 5, x, y));
    p[loops::rising_width_below] = 1.2 * std::max(width, 0.25);
    p[loops::rising_width_above] = 0.7 * std::max(width, 0.25);
    p[loops::falling_width_below] = 0.8 * std::max(width, 0.25);
    p[loops::falling_width_above] = 1.3 * std::max(width, 0.25);
    return p;
}

/// Gaussian with variance 1, from two uniform numbers by the polar form of Box and Muller.
double gaussian(distproc::random_stream& random) {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - random.uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * random.uniform());
}

void measure(const scan_options& o, const std::vector<double>& v, const std::vector<branch>& b,
             const loops::parameters& p, std::uint64_t item, double* response) {
    distproc::random_stream random(o.seed, item);
    const double gain = 0.01; // multiplicative noise: the contact resonance wanders
    const bool burst = random.uniform() < 0.03;
    const auto burst_start = static_cast<std::size_t>(random.uniform() * static_cast<double>(o.points));
    for (std::size_t i = 0; i < o.points; ++i) {
        const bool up = b[i] == branch::rising;
        // Just after switching a part of the domain switches back until the voltage has grown further.
        const double beyond = up ? v[i] - p[loops::rising_bias] : p[loops::falling_bias] - v[i];
        const double back =
            beyond > 0.0 ? 0.06 * p[loops::amplitude] * std::exp(-beyond / 1.5) * std::min(beyond, 1.0) : 0.0;
        double r = loops::loop_value(p, b[i], v[i]) + (up ? -back : back);
        r = r * (1.0 + gain * gaussian(random)) + o.noise * typical_amplitude * gaussian(random);
        // The fit of the resonance sometimes locks on nothing: one point, or some in a row, are off by orders.
        const double chance = random.uniform(), size = random.uniform(), sign = random.uniform();
        const bool in_burst = burst && (i + o.points - burst_start) % o.points < 4;
        if (chance < (in_burst ? 100.0 : 1.0) * o.outliers)
            r += (sign < 0.5 ? -1.0 : 1.0) * typical_amplitude * std::pow(10.0, 0.5 + 2.5 * size);
        response[i] = r;
    }
}

void write_dataset(hid_t file, const std::string& path, const distproc::shape& extents, const std::vector<double>& data,
                   const std::string& quantity, const std::string& units) {
    const h5::property_list parents(H5Pcreate(H5P_LINK_CREATE), "H5Pcreate", path);
    h5::check(H5Pset_create_intermediate_group(parents, 1), "H5Pset_create_intermediate_group", path);
    const h5::dataspace space = h5::space_of(extents, path);
    const h5::dataset made(H5Dcreate2(file, path.c_str(), H5T_IEEE_F64LE, space, parents, H5P_DEFAULT, H5P_DEFAULT),
                           "H5Dcreate2", path);
    h5::check(H5Dwrite(made, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data()), "H5Dwrite", path);
    h5::write_text(made, "quantity", quantity);
    h5::write_text(made, "units", units);
}

void generate(const scan_options& o) {
    const std::vector<double> v = triangular_sweep(o);
    const std::vector<branch> b = loops::branches_of(v);
    const std::size_t n = o.rows * o.columns;
    std::vector<double> data(n * o.points);
    std::vector<std::vector<double>> truth(loops::parameter_count, std::vector<double>(n));
    for (std::size_t item = 0; item < n; ++item) {
        const double y = (static_cast<double>(item / o.columns) + 0.5) / static_cast<double>(o.rows);
        const double x = (static_cast<double>(item % o.columns) + 0.5) / static_cast<double>(o.columns);
        const loops::parameters p = parameters_at(o, x, y);
        measure(o, v, b, p, item, data.data() + item * o.points);
        for (std::size_t k = 0; k < p.size(); ++k)
            truth[k][item] = p[k];
    }

    if (!o.replace && ::access(o.file.c_str(), F_OK) == 0)
        throw distproc::error("'" + o.file + "' exists; add --replace, or choose another name");
    const h5::guard lock;
    h5::file file(H5Fcreate(o.file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, h5::posix_access()), "H5Fcreate", o.file);
    write_dataset(file, "/Channel_000/generic/generic", {o.rows, o.columns, o.points}, data, "Piezoresponse", "a.u.");
    write_dataset(file, "/Channel_000/generic/Voltage", {o.points}, v, "Bias", "V");
    const char* const names[] = {"offset",
                                 "amplitude",
                                 "rising_bias",
                                 "falling_bias",
                                 "slope",
                                 "rising_width_below",
                                 "rising_width_above",
                                 "falling_width_below",
                                 "falling_width_above"};
    const char* const units[] = {"a.u.", "a.u.", "V", "V", "a.u./V", "V", "V", "V", "V"};
    for (std::size_t k = 0; k < loops::parameter_count; ++k)
        write_dataset(file, "/truth/" + std::string(names[k]), {o.rows, o.columns}, truth[k], names[k], units[k]);
    file.close("H5Fclose", o.file);
}

} // namespace

int main(int argc, char** argv) {
    scan_options o;
    CLI::App app{"Writes a scan of hysteresis loops: /Channel_000/generic/generic (rows, columns, points) against "
                 "/Channel_000/generic/Voltage, and what they were made of in /truth"};
    app.add_option("FILE", o.file, "HDF5 file to write")->required();
    app.add_option("--rows", o.rows, "rows of the map")->check(CLI::Range(1, 100000))->capture_default_str();
    app.add_option("--columns", o.columns, "columns of the map")->check(CLI::Range(1, 100000))->capture_default_str();
    app.add_option("--points", o.points, "points of a loop, at least 16")
        ->check(CLI::Range(16, 65536))
        ->capture_default_str();
    app.add_option("--maximum", o.maximum, "largest voltage of the sweep, volts")
        ->check(CLI::Range(5.0, 100.0))
        ->capture_default_str();
    app.add_option("--noise", o.noise, "standard deviation of the noise, as a part of the typical height of a loop")
        ->check(CLI::Range(0.0, 10.0))
        ->capture_default_str();
    app.add_option("--outliers", o.outliers, "share of the points that are far off, 0 to 1")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--seed", o.seed, "seed of noise and map")->capture_default_str();
    app.add_flag("--replace", o.replace, "overwrite FILE");
    CLI11_PARSE(app, argc, argv);
    try {
        generate(o);
        std::printf("%s: %zu x %zu loops of %zu points\n", o.file.c_str(), o.rows, o.columns, o.points);
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "generate_scan: %s\n", e.what());
        return 1;
    }
}
