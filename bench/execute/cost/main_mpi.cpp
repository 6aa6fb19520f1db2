// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On any number of ranks of one node. Ranks wait for each other in every call, so that a call takes equally long on
// all.

#include "../../common/mpi_main.hpp"
#include "../../common/slowest_rank.hpp"
#include "cost.hpp"
#include <distproc/executor/mpi.hpp>
#ifdef BENCH_HAS_TBB
#include <distproc/executor/hybrid.hpp>
#endif

#include <string>

int main(int argc, char** argv) {
    return bench::run_on_ranks(argc, argv, [](const bench::arguments& given, bench::rank_place here) {
        bench::table results(given, here.rank == 0);
        const std::string ranks = ", " + std::to_string(here.size) + (here.size == 1 ? " rank" : " ranks");
        const auto seconds = [](auto& f) { return bench::seconds_of_slowest(cost::repeated(f)) / 100; };
        const auto add = [&](const char* name, auto executor) {
            results.add_cost(
                {"cost", "an empty call", name + ranks}, [&] { cost::execute_one_item(executor); }, seconds);
        };
        add("mpi", distproc::mpi_executor<>{});
#ifdef BENCH_HAS_TBB
        add("hybrid", distproc::hybrid_executor{});
#endif
    });
}
