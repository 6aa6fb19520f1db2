// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Results of every kind on one executor.
#include "execute/kernels.hpp"
#include <distproc/execute.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/memory.hpp>

#include <doctest/doctest.h>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace test {

struct inner_pair {
    std::array<std::int16_t, 2> whole;
    std::complex<float> turn;
    bool operator==(const inner_pair&) const = default;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("whole", whole) & distproc::named("turn", turn);
    }
};

struct outer_pair {
    bool good;
    inner_pair inner;
    double number;
    bool operator==(const outer_pair&) const = default;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("good", good) & distproc::named("inner", inner) & distproc::named("number", number);
    }
};

/// Runs `make(item)` over some items on the executor, into an array, and compares with a loop.
template <class Executor, class Make>
void check_results(const Executor& on, const Make& make) {
    using result = std::invoke_result_t<const Make&, std::size_t>;
    constexpr std::size_t count = 257;
    std::vector<std::size_t> items(count);
    for (std::size_t i = 0; i < count; ++i) {
        items[i] = i;
    }
    const auto results = std::make_unique<result[]>(count); // a vector of bool is none
    std::span<result> view(results.get(), count);
    distproc::options how;
    how.show = distproc::progress::off;
    (void)execute(
        items, [&](std::size_t i) { return make(i); }, on,
        distproc::memory_writer{view, distproc::results_on::every_rank}, how);
    for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(results[i] == make(i));
    }
}

template <class Executor>
void result_types(const Executor& on) {
    SUBCASE("bool") {
        check_results(on, [](std::size_t i) { return i % 3 == 1; });
    }
    SUBCASE("enum") {
        check_results(on, [](std::size_t i) { return i % 2 == 0 ? phase::solid : phase::liquid; });
    }
    SUBCASE("complex") {
        check_results(on, [](std::size_t i) { return std::complex<double>(double(i) / 3, -double(i)); });
    }
    SUBCASE("array") {
        check_results(on, [](std::size_t i) {
            return std::array<std::uint8_t, 3>{std::uint8_t(i), 7, std::uint8_t(3 * i)};
        });
    }
    SUBCASE("array of arrays") {
        check_results(on, [](std::size_t i) {
            return std::array<std::array<float, 2>, 2>{{{float(i), 1}, {2, -float(i)}}};
        });
    }
    SUBCASE("nested struct") {
        check_results(on, [](std::size_t i) {
            return outer_pair{i % 2 == 0, {{std::int16_t(i), -3}, {float(i), 0.5F}}, double(i) / 7};
        });
    }
    SUBCASE("character") {
        check_results(on, [](std::size_t i) { return static_cast<char>('a' + i % 26); });
    }
}

} // namespace test
