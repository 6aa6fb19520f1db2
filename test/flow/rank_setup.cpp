// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/flow/rank_setup.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

using distproc::detail::rank_setup;

namespace {

/// A rank of a node that may use cores [first, last) of 8.
rank_setup on_cores(std::size_t node, unsigned first, unsigned last, std::size_t workers, std::size_t inside = 1) {
    rank_setup one;
    one.node = node;
    for (unsigned core = first; core < last; ++core) {
        one.cores.push_back(core);
    }
    one.machine_cores = 8;
    one.workers = workers;
    one.threads_inside = inside;
    return one;
}

std::vector<std::string> setup_problems(const std::vector<rank_setup>& setups, bool adapts = true, bool mpi = true) {
    std::vector<std::string> all;
    std::size_t number = 0;
    for (const auto& node : distproc::detail::setups_of_nodes(setups)) {
        for (const std::string& each : distproc::detail::problems_of_node(number, node, adapts, mpi)) {
            all.push_back(each);
        }
        ++number;
    }
    return all;
}

/// The only problem; of several, or none, the number.
std::string problem(const std::vector<rank_setup>& setups, bool adapts = true, bool mpi = true) {
    const std::vector<std::string> all = setup_problems(setups, adapts, mpi);
    return all.size() == 1 ? all[0] : std::to_string(all.size()) + " problems";
}

} // namespace

TEST_CASE("nothing is said of ranks that fit") {
    CHECK(setup_problems({on_cores(0, 0, 8, 8)}).empty());
    CHECK(setup_problems({on_cores(0, 0, 1, 1), on_cores(0, 1, 2, 1)}, false).empty());
    CHECK(setup_problems({on_cores(0, 0, 8, 4), on_cores(0, 0, 8, 4), on_cores(1, 0, 8, 8)}).empty());
    CHECK(setup_problems({on_cores(0, 0, 8, 1, 8)}).empty()); // one worker may use all cores inside
    CHECK(setup_problems({on_cores(0, 0, 8, 2, 4)}).empty());
    CHECK(setup_problems({on_cores(0, 0, 1, 1)}).empty()); // one process that has one core: so it was asked for
    CHECK(setup_problems({rank_setup{}}).empty());
}

TEST_CASE("ranks that are bound to too few cores") {
    CHECK(problem({on_cores(0, 3, 4, 1), on_cores(0, 3, 4, 1), on_cores(1, 0, 8, 8)}) ==
          "node 0: 2 ranks with 2 workers may use 1 core of 8; start mpirun with --bind-to none, or ask the "
          "batch system for more cores");
}

TEST_CASE("ranks that are bound to a core each, and could have threads") {
    CHECK(problem({on_cores(0, 3, 4, 1), on_cores(0, 4, 5, 1)}) ==
          "node 0: each of 2 ranks is bound to 1 core of 8, so that it has 1 worker; start mpirun with "
          "--bind-to none, or with --map-by node:PE=n for n cores each");
}

TEST_CASE("more workers than cores") {
    CHECK(problem({on_cores(0, 0, 8, 1), on_cores(1, 0, 8, 8), on_cores(1, 0, 8, 8)}) ==
          "node 1: 2 ranks with 16 workers have 8 cores, so that they take turns; start fewer ranks or "
          "threads");
}

TEST_CASE("threads within workers") {
    CHECK(problem({on_cores(0, 0, 8, 4, 8), on_cores(0, 0, 8, 4, 1)}) ==
          "node 0: 2 ranks with 8 workers have 8 cores, and OpenMP or OpenBLAS would start 8 threads within each "
          "worker that uses it; set OMP_NUM_THREADS=1 (and OPENBLAS_NUM_THREADS=1)");
}

TEST_CASE("one process, which may use a part of the machine") {
    CHECK(problem({on_cores(0, 0, 1, 4)}, false, false) ==
          "node 0: 1 rank with 4 workers may use 1 core of 8; allow more (taskset, the control group, the "
          "batch system), or use fewer threads");
}

TEST_CASE("a quota of cores counts for all ranks together") {
    auto first = on_cores(0, 0, 8, 1);
    first.quota = 2;
    auto second = first;
    CHECK(setup_problems({first, second}).empty());
    second.workers = 2;
    CHECK(problem({first, second}).find("2 ranks with 3 workers may use 2 cores of 8; ") != std::string::npos);
}

TEST_CASE("a batch system that gave each rank the core that was asked for") {
    auto first = on_cores(0, 3, 4, 1);
    auto second = on_cores(0, 4, 5, 1);
    CHECK(setup_problems({first, second}).size() == 1);
    first.asked = second.asked = true;
    CHECK(setup_problems({first, second}).empty());
}

TEST_CASE("this process") {
    const rank_setup mine = distproc::detail::setup_of_rank(2, 3, 5);
    CHECK(mine.node == 2);
    CHECK(mine.workers == 3);
    CHECK(mine.budget == 5);
    CHECK(mine.machine_cores >= 1);
    CHECK(mine.cores == distproc::affinity_cores());
    CHECK(mine.threads_inside >= 1);
    CHECK(mine.free_memory > 0);
}
