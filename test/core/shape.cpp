// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/shape.hpp>

#include <doctest/doctest.h>

using distproc::shape;

TEST_CASE("volume is the product of the extents") {
    CHECK(distproc::volume({}) == 1);
    CHECK(distproc::volume({50, 50}) == 2500);
    CHECK(distproc::volume({3, 0, 7}) == 0);
    CHECK(distproc::volume({std::size_t{1} << 32U, (std::size_t{1} << 32U) - 1}) == 18446744069414584320U);
}

TEST_CASE("volume throws where the product does not fit, and not where an extent is 0") {
    const std::size_t big = std::size_t{1} << 32U;
    CHECK_THROWS_AS((void)distproc::volume({big, big}), distproc::error);
    CHECK_THROWS_AS((void)distproc::volume({big, big, big}), distproc::error);
    CHECK(distproc::volume({big, big, 0}) == 0);
}

TEST_CASE("a shape is shown with its extents") {
    CHECK(distproc::to_string(shape{}) == "1");
    CHECK(distproc::to_string(shape{7}) == "7");
    CHECK(distproc::to_string(shape{50, 50, 63}) == "50 x 50 x 63");
}
