// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// What holds on every executor; each executable calls it with its own.
#include "execute/arrays.hpp"
#include "execute/eigen_sums.hpp"
#include "execute/result_types.hpp"
#include "execute/small_runs.hpp"

#include <doctest/doctest.h>

namespace test {

template <class Executor>
void common(const Executor& on) {
    SUBCASE("results of every kind") { result_types(on); }
    SUBCASE("sums of 63 numbers by Eigen") { eigen_sums(on); }
    SUBCASE("arrays") { arrays(on); }
    SUBCASE("wrong arrays") { wrong_arrays(on); }
    SUBCASE("few items") { few_items(on); }
    SUBCASE("wrong options") { wrong_options(on); }
    SUBCASE("again and again") { repeated(on); }
    SUBCASE("rounding mode") { rounding(on); }
    SUBCASE("stop") { stopping(on); }
}

} // namespace test
