// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/executor/rank_setup.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

using distproc::detail::rank_setup;
using distproc::detail::setup_problems;

namespace {

/// A rank that may use cores [first, last) of 8.
rank_setup on_cores(unsigned first, unsigned last, std::size_t workers, std::size_t inside = 1) {
    rank_setup one;
    for (unsigned core = first; core < last; ++core) {
        one.cores.push_back(core);
    }
    one.machine_cores = 8;
    one.workers = workers;
    one.threads_inside = inside;
    return one;
}

} // namespace

TEST_CASE("nothing is said of ranks that fit") {
    CHECK(setup_problems({on_cores(0, 8, 8)}, {0}).empty());
    CHECK(setup_problems({on_cores(0, 1, 1), on_cores(1, 2, 1)}, {0, 0}).empty());
    CHECK(setup_problems({on_cores(0, 8, 4), on_cores(0, 8, 4), on_cores(0, 8, 8)}, {0, 0, 1}).empty());
    CHECK(setup_problems({on_cores(0, 8, 1, 8)}, {0}).empty()); // one worker may use all cores inside
    CHECK(setup_problems({on_cores(0, 8, 2, 4)}, {0}).empty());
    CHECK(setup_problems({rank_setup{}}, {0}).empty());
}

TEST_CASE("ranks that are bound to too few cores") {
    const auto said = setup_problems({on_cores(3, 4, 1), on_cores(3, 4, 1), on_cores(0, 8, 8)}, {0, 0, 1});
    REQUIRE(said.size() == 1);
    CHECK(said[0] == "node 0: 2 ranks with 2 workers may use 1 core of 8; start mpirun with --bind-to none, or ask the "
                     "batch system for more cores");
}

TEST_CASE("more workers than cores") {
    const auto said = setup_problems({on_cores(0, 8, 1), on_cores(0, 8, 8), on_cores(0, 8, 8)}, {0, 1, 1});
    REQUIRE(said.size() == 1);
    CHECK(said[0] == "node 1: 2 ranks with 16 workers have 8 cores, so that they take turns; start fewer ranks or "
                     "threads");
}

TEST_CASE("threads within workers") {
    const auto said = setup_problems({on_cores(0, 8, 4, 8), on_cores(0, 8, 4, 1)}, {0, 0});
    REQUIRE(said.size() == 1);
    CHECK(said[0] ==
          "node 0: 2 ranks with 8 workers have 8 cores, and OpenMP or OpenBLAS would start 8 threads within each "
          "worker that uses it; set OMP_NUM_THREADS=1 (and OPENBLAS_NUM_THREADS=1)");
}

TEST_CASE("this process") {
    const rank_setup mine = distproc::detail::setup_of_rank(3);
    CHECK(mine.workers == 3);
    CHECK(mine.machine_cores >= 1);
    CHECK(mine.cores == distproc::affinity_cores());
    CHECK(mine.threads_inside >= 1);
}
