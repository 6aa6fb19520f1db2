// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// One report on all ranks, with figures that add up.
#include <distproc/mpi.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

TEST_CASE("all ranks get the same report") {
    const distproc::mpi_executor<> on;
    const auto ranks = on.make_team();
    const std::vector<double> numbers(5000, 2.0);
    std::vector<double> results;
    distproc::options how;
    how.show = distproc::progress::off;
    const auto report = execute(
        numbers,
        [](double x, distproc::context& here) {
            here.timings().add("counted", 0.5);
            return x;
        },
        on, distproc::memory_writer{results, distproc::results_on::every_rank}, how);
    const std::string mine = to_json(report);
    for (const std::string& other : ranks.all_gather(mine)) {
        CHECK(other == mine);
    }
    CHECK(report.executor == "mpi");
    CHECK(report.writer == "memory");
    CHECK(report.items == 5000);
    CHECK(report.ranks == ranks.size());
    CHECK(report.workers == ranks.size());
    CHECK(report.nodes == 1);
    REQUIRE(report.timings.size() == 1);
    CHECK(report.timings[0].count == 5000);
    CHECK(report.timings[0].seconds == 2500);
    CHECK(report.computing.min <= report.computing.mean);
    CHECK(report.computing.mean <= report.computing.max * (1 + 1e-12));
    if (ranks.size() > 1) {
        // At the least, all results back to all other ranks.
        CHECK(report.bytes_between_ranks >= 5000 * sizeof(double) * (ranks.size() - 1));
    } else {
        CHECK(report.bytes_between_ranks == 0);
    }
}
