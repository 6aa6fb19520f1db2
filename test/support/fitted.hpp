// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// A result with a member of each kind, for runs in which some items fail; check_skipped.py has the same formulae.
#include <distproc/core/named.hpp>

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>

namespace test {

struct fitted {
    double value = 0;
    std::int32_t steps = 0;
    std::array<float, 3> shape{};
    std::complex<double> phase;
    bool good = false;

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(value) & DISTPROC_NAMED(steps) & DISTPROC_NAMED(shape) & DISTPROC_NAMED(phase) &
            DISTPROC_NAMED(good);
    }
};

[[nodiscard]] inline fitted fit(std::size_t item) {
    const auto x = static_cast<double>(item);
    const auto f = static_cast<float>(item);
    return {std::sqrt(x), static_cast<std::int32_t>(item), {f, f / 3, -f}, {x, -x}, true};
}

} // namespace test
