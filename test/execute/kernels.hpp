// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// What the computes of these tests compute, apart from them: the plain loop calls the same functions.
#include <distproc/core/named.hpp>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

namespace test {

enum class phase : std::uint16_t { solid = 3, liquid = 500 };

struct moments {
    float mean;
    double square;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("mean", mean) & distproc::named("square", square);
    }
};

/// A result with a bool, an enum, a complex number, an array, a nested struct and padding.
struct finding {
    bool odd;
    double sum;
    std::array<float, 3> ends;
    std::complex<double> turn;
    moments of_row;
    phase state;
    std::uint64_t random;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("sum", sum) & distproc::named("odd", odd) & distproc::named("ends", ends) &
            distproc::named("turn", turn) & distproc::named("of_row", of_row) & distproc::named("state", state) &
            distproc::named("random", random);
    }
};

/// Sums as vector code does: up to an aligned address one by one, then in four lanes. So the bits of the sum depend on
/// where the row lies, as they do with Eigen, MKL and auto-vectorised loops.
double lane_sum(const double* row, std::size_t length);

/// By Eigen; where that is not installed, as above.
double eigen_sum(const double* row, std::size_t length);

finding look_at(std::span<const double> row, double factor, std::uint64_t random);

/// Whether all members have the same bits.
bool same(const finding& a, const finding& b);

} // namespace test
