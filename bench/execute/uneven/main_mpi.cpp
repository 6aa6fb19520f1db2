// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On the ranks of one node, whose items keep a core busy; or of several nodes, whose items wait on a timer, so that
// there may be more ranks than cores.

#include "../../common/mpi_main.hpp"
#include "../../common/slowest_rank.hpp"
#include "uneven.hpp"

#include <mpi.h>

#include <cstddef>
#include <string>

int main(int argc, char** argv) {
    const auto body = [](const bench::arguments& given, bench::rank_place here) {
        MPI_Comm node = MPI_COMM_NULL;
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
        int on_node = 1;
        MPI_Comm_size(node, &on_node);
        MPI_Comm_free(&node);
        const bool one_node = on_node == here.size;
        bench::table results(given, here.rank == 0);
        const uneven::durations seconds = uneven::make_durations(given.items_or(4000));
        uneven::results out;
        const std::string name = one_node ? "mpi, " + std::to_string(here.size) + " ranks, spinning"
                                          : "mpi, " + std::to_string(here.size / on_node) + " nodes x " +
                                                std::to_string(on_node) + " ranks, waiting";
        const bench::contest what{"uneven", "bound, computed", name, 1.05, 15};
        results.add_bound(
            what, uneven::bound(seconds, static_cast<std::size_t>(here.size)),
            [&] { uneven::distproc_mpi(seconds, one_node ? uneven::how::spinning : uneven::how::waiting, out); },
            [](auto& f) { return bench::seconds_of_slowest(f); });
        if (results.wants(what)) {
            results.note("single items in order, each to the first free worker, at no cost: " +
                         bench::seconds_text(uneven::list_schedule(seconds, static_cast<std::size_t>(here.size))));
        }
        if (here.rank == 0 && !out.of_item.empty()) {
            out.check(seconds.size());
        }
    };
    return bench::run_on_ranks(argc, argv, body, MPI_THREAD_MULTIPLE);
}
