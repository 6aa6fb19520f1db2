// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/lists.hpp"
#include <distproc/executor/serial.hpp>
#include <distproc/executor/tbb.hpp>

#include <complex>
#include <cstdint>

namespace {
enum class colour : std::uint16_t { red };
} // namespace

TEST_CASE("lists: serial_executor") {
    test::lists(distproc::serial_executor{});
    test::unfinished_lists(distproc::serial_executor{});
}

TEST_CASE("lists: tbb_executor") {
    test::lists(distproc::tbb_executor{.threads = 4});
    test::unfinished_lists(distproc::tbb_executor{.threads = 4});
}

TEST_CASE_TEMPLATE("lists of elements of every size", E, char, colour, float, std::int64_t, std::complex<double>) {
    test::lists_of<E>(distproc::tbb_executor{.threads = 4});
}
