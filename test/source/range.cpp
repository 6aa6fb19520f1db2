// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "source/drain.hpp"
#include <distproc/core/error.hpp>
#include <distproc/source/as_source.hpp>
#include <distproc/source/range.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <ranges>
#include <span>
#include <type_traits>
#include <vector>

TEST_CASE("ranges are used where they are") {
    std::vector<int> values{3, 1, 4, 1, 5};
    const auto source = distproc::as_source(values);
    static_assert(std::is_same_v<decltype(source.open().at(0, {}, 0)), const int&>);
    CHECK(source.open().staging_bytes(100) == 0);
    CHECK(source.open().items() == distproc::shape{5});
    CHECK(test::drain(source, 2, [&](std::size_t k, const int& item) { CHECK(&item == &values[k]); }) == 0);
    CHECK(source.open().contiguous() == values.data());
}

TEST_CASE("spans, views and temporaries are ranges") {
    const std::vector<double> values{1, 2, 3};
    test::drain(distproc::as_source(std::span(values)), 2,
                [&](std::size_t k, const double& item) { CHECK(&item == &values[k]); });
#if !defined(__clang__) || __clang_major__ > 15 // clang 15 cannot compile libstdc++'s views
    test::drain(distproc::as_source(std::views::iota(10, 14)), 3,
                [](std::size_t k, int item) { CHECK(item == static_cast<int>(k) + 10); });
#endif
    const auto kept = distproc::as_source(std::vector<int>{7, 8, 9});
    test::drain(kept, 1, [](std::size_t k, int item) { CHECK(item == static_cast<int>(k) + 7); });
}

TEST_CASE("a policy stays what it is") {
    const std::vector<int> values(6);
    const distproc::range_source named(values, {2, 3});
    CHECK(distproc::as_source(named).open().items() == distproc::shape{2, 3});
    CHECK_THROWS_WITH_AS(
        distproc::range_source(values, {2, 4}),
        "a range of 6 items cannot have item axes of 2 x 4; their product must be the length of the range",
        distproc::error);
}
