// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "execute/reductions.hpp"
#include <distproc/executor/mpi.hpp>

TEST_CASE("reductions: mpi_executor") {
    distproc::mpi_executor<> on;
    SUBCASE("one node") {}
    SUBCASE("nodes of two ranks") { on.ranks_per_node = 2; }
    test::reductions(on);
}

TEST_CASE("ranks that begin with different accumulators") {
    const distproc::mpi_executor<> on;
    const auto ranks = on.make_team();
    distproc::histogram bins(0, ranks.rank() == ranks.size() - 1 ? 2 : 1, 10);
    const auto run = [&] {
        (void)execute(
            std::vector<double>(20, 0.5), [](double x) { return x; }, on, distproc::reduce_writer{bins}, test::quiet());
    };
    if (ranks.size() == 1) {
        CHECK_NOTHROW(run());
        return;
    }
    std::string text;
    try {
        run();
    } catch (const distproc::execution_error& e) {
        text = e.message();
    }
    CHECK(text == "reduce_writer: the accumulator of rank " + std::to_string(ranks.size() - 1) +
                      " begins otherwise than that of rank 0; give every rank the same");
}
