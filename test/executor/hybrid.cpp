// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/cores.hpp>
#include <distproc/executor/hybrid.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>

using distproc::hybrid_executor;

TEST_CASE("names") {
    CHECK(distproc::mpi_executor<>::name == "mpi");
    CHECK(hybrid_executor::name == "hybrid");
}

TEST_CASE("the ranks of a machine share its cores, however it is cut into nodes") {
    for (const std::size_t group : {0UL, 1UL, 2UL}) {
        const hybrid_executor executor{.ranks_per_node = group};
        const auto ranks = executor.make_team();
        const std::size_t mine = executor.width(ranks);
        CHECK(mine >= 1);
        std::size_t together = 0;
        for (const std::string& text : ranks.all_gather(std::to_string(mine))) {
            together += std::stoul(text);
        }
        CHECK(together <= std::max(distproc::affinity_cores().size(), ranks.size()));
    }
}

TEST_CASE("threads may be told, differently on each rank") {
    hybrid_executor executor;
    const auto ranks = executor.make_team();
    executor.inner.threads = ranks.rank() + 1;
    const std::size_t width = executor.width(ranks);
    CHECK(width == ranks.rank() + 1);
    std::atomic<std::size_t> calls{0};
    executor.run(width, [&](std::size_t) noexcept { ++calls; });
    CHECK(calls == width);
}
