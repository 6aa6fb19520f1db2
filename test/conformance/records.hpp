// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/named.hpp>

#include <array>
#include <complex>
#include <cstdint>

namespace test {

struct place {
    float x;
    double y;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x) & distproc::named("y", y);
    }
};

enum class phase : std::uint16_t { solid, liquid };

/// A result with members of every kind, padding, and an order of `serialize` that is not that of memory.
struct record {
    bool good;
    double amplitude;
    std::int8_t small;
    std::array<std::array<float, 3>, 2> matrix;
    std::complex<double> field;
    place at;
    phase state;
    std::uint64_t large;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("amplitude", amplitude) & distproc::named("good", good) &
            distproc::named("small", small) & distproc::named("matrix", matrix) & distproc::named("field", field) &
            distproc::named("at", at) & distproc::named("state", state) & distproc::named("large", large);
    }
};

} // namespace test
