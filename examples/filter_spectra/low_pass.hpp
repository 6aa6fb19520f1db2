// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The algorithm, for one spectrum: a low-pass filter in Fourier space and an estimate of the noise floor, as the
// general mode of scanning probe microscopy filters its signals (S. Somnath, A. Belianinov, S. V. Kalinin, S. Jesse,
// "Rapid mapping of polarization switching through complete information acquisition", Nature Communications 7, 13290,
// 2016).
#pragma once

#include <distproc/distproc.hpp>

#include <unsupported/Eigen/FFT>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

namespace spectra {

using sample = std::complex<float>;

struct noise {
    float noise_floor; ///< amplitude in Fourier space that noise exceeds with the probability `filter::tolerance`
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(noise_floor);
    }
};

/// 1 for |frequency| below the band in which the filter rolls off, 0 above it, half a cosine in between.
inline double gain(double frequency, double cutoff, double roll_off) {
    const double begin = cutoff * (1 - roll_off);
    if (frequency <= begin)
        return 1;
    return frequency >= cutoff ? 0 : 0.5 + 0.5 * std::cos(std::numbers::pi * (frequency - begin) / (cutoff - begin));
}

/// The amplitudes of noise have a Rayleigh distribution, whose width is estimated from those that are no signal: below
/// the threshold that only the share `tolerance` of noise exceeds. Repeated until the threshold divides them as before.
inline double noise_floor(std::span<const double> amplitudes, double tolerance) {
    double threshold = std::numeric_limits<double>::infinity();
    for (std::size_t below = 0, before = amplitudes.size() + 1; below != before;) {
        before = below;
        below = 0;
        double squares = 0;
        for (const double a : amplitudes)
            if (a < threshold) {
                squares += a * a;
                ++below;
            }
        if (below == 0)
            return 0;
        threshold = std::sqrt(-std::log(tolerance) * squares / static_cast<double>(below));
    }
    return threshold;
}

/// Fills the filtered spectrum, which is as long as the one it is given, and returns the noise floor.
struct filter {
    static constexpr const char* name = "low-pass filter";
    static constexpr const char* result_name = "filtered";
    using result_type = sample;

    std::size_t length;
    double cutoff = 0.1;    ///< cycles per point
    double roll_off = 0.05; ///< share of the frequencies below the cutoff over which the filter falls
    double tolerance = 1e-3;

    [[nodiscard]] distproc::shape result_shape() const { return {length}; }

    noise operator()(std::span<const sample> spectrum, std::span<sample> filtered) { // not const: workers get copies
        const auto n = static_cast<double>(length);
        in.assign(spectrum.begin(), spectrum.end());
        fft.fwd(out, in);
        amplitudes.resize(length);
        for (std::size_t k = 0; k < length; ++k) {
            amplitudes[k] = std::abs(out[k]);
            const auto frequency = static_cast<double>(std::min(k, length - k)) / n;
            out[k] *= gain(frequency, cutoff, roll_off);
        }
        fft.inv(in, out);
        for (std::size_t k = 0; k < length; ++k)
            filtered[k] = sample(in[k]);
        return {static_cast<float>(noise_floor(amplitudes, tolerance))};
    }

    template <class Archive>
    void serialize(Archive& archive, unsigned) { // the parameters, which become attributes of the output
        archive& DISTPROC_NAMED(cutoff) & DISTPROC_NAMED(roll_off) & DISTPROC_NAMED(tolerance);
    }

    // The worker's own: not to be set.
    Eigen::FFT<double> fft{};
    std::vector<std::complex<double>> in{}, out{};
    std::vector<double> amplitudes{};
};

} // namespace spectra
