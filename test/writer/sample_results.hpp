// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Results and parameters whose values follow from the number of the item, for the tests of writers to files, and for
// the scripts that have the same formulae in numpy.
#include <distproc/core/describe.hpp>
#include <distproc/core/named.hpp>
#include <distproc/core/parameters.hpp>
#include <distproc/core/plan.hpp>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace test {

enum class phase : std::uint16_t { solid = 3, liquid = 500 };

struct place {
    float x;
    double y;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x) & distproc::named("y", y);
    }
};

/// Every kind of member, with padding, and an order of `serialize` that is not that of memory.
struct mixed {
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

inline mixed mixed_of(std::size_t k) {
    const auto v = static_cast<double>(k);
    mixed r;
    std::fill_n(reinterpret_cast<unsigned char*>(&r), sizeof r,
                static_cast<unsigned char>(0xAA)); // padding is not zero
    r.good = k % 3 == 0;
    r.amplitude = v * 0.1;
    r.small = static_cast<std::int8_t>(static_cast<int>(k % 256) - 128);
    for (std::size_t i = 0; i < 6; ++i) {
        r.matrix[i / 3][i % 3] = static_cast<float>(k % 1000) + 0.25F * static_cast<float>(i);
    }
    r.field = {v * 0.3, -v};
    r.at.x = static_cast<float>(k % 5000) * 0.5F;
    r.at.y = v / 7;
    r.state = k % 2 == 0 ? phase::solid : phase::liquid;
    r.large = static_cast<std::uint64_t>(k) * 1000000007U;
    return r;
}

/// Parameters of every kind.
struct model {
    double tolerance = 0.1;
    int steps = 12;
    bool robust = true;
    std::string method = "Levenberg–Marquardt";
    std::vector<double> voltage{-1.5, 0, 1.5};
    std::array<std::array<int, 2>, 2> grid{{{1, 2}, {3, 4}}};
    std::complex<float> pole{1, -2};
    std::vector<double> nothing;
    std::string source = "a name that the library has taken";
    std::vector<double> table = std::vector<double>(20000, 0.125); // too large for an attribute
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("tolerance", tolerance) & distproc::named("steps", steps) &
            distproc::named("robust", robust) & distproc::named("method", method) &
            distproc::named("voltage", voltage) & distproc::named("grid", grid) & distproc::named("pole", pole) &
            distproc::named("nothing", nothing) & distproc::named("source", source) & distproc::named("table", table);
    }
};

template <class Result>
distproc::plan plan_of(const distproc::shape& items) {
    distproc::plan what;
    what.grid = distproc::granules(items);
    what.remaining = distproc::index_set(what.grid.count());
    what.result = distproc::describe<Result>();
    what.parameters = distproc::parameters_of(model{});
    what.compute = "model";
    what.source = "scan.h5:/loops";
    return what;
}

} // namespace test
