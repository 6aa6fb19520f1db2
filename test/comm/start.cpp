// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Programs that begin or end in special ways; the first argument says how. ctest looks at what they print.
#include <distproc/comm/environment.hpp>
#include <distproc/comm/mpi_call.hpp>
#include <distproc/core/team.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/node_gather/drain.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

/// What all ranks say to a supply of work, in one line.
void say_refusal(const distproc::mpi_executor<>& executor) {
    const distproc::mpi_team ranks = executor.make_team();
    std::string refusal;
    try {
        auto supply = executor.supply(ranks, 1, 0);
        supply.finish([] {});
    } catch (const distproc::error& refused) {
        refusal = refused.what();
    }
    const std::vector<std::string> all = ranks.all_gather(refusal);
    const auto same = static_cast<std::size_t>(std::count(all.begin(), all.end(), refusal));
    if (ranks.rank() == 0) {
        std::printf("%zu of %zu say: %s\n", same, all.size(), refusal.empty() ? "nothing" : refusal.c_str());
    }
}

/// A team whose messages cannot be taken.
struct deaf_team : distproc::solo_team {
    [[nodiscard]] static std::optional<deaf_team> leaders(std::size_t /*nodes_per_leader*/) { return deaf_team{}; }
    [[nodiscard]] static bool receive(std::vector<std::byte>&) { throw std::runtime_error("no message can be taken"); }
};

struct idle_session {
    static void write(std::size_t, std::span<const double>) noexcept {}
};

/// A gathering thread that waits for the results of another node.
void gather_deaf() {
    using distproc::detail::gather_rings;
    const auto memory = distproc::solo_team::node_memory(gather_rings::bytes(1, 1024));
    const gather_rings rings(memory.data(), 1, 1024);
    rings.construct();
    rings.ring(0).finish(rings.bell());
    idle_session session;
    distproc::detail::gather_drain<double, idle_session, deaf_team> drain({}, rings, &session, {0, 1, 1}, 1);
    (void)drain.join();
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
    if (what == "funneled") { // a host that starts MPI itself, with less than several ranks need
        int given = MPI_THREAD_SINGLE;
        MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &given);
        {
            const distproc::mpi_environment job(argc, argv);
            say_refusal(distproc::mpi_executor<>{});
        }
        return MPI_Finalize();
    }
    distproc::mpi_environment job(argc, argv);
    if (what == "threads") {
        if (job.rank() == 0) {
            std::printf("MPI gives %s\n", distproc::detail::thread_support_name(distproc::detail::thread_support()));
        }
        return 0;
    }
    if (what == "throw_in_thread") { // the other ranks wait for ever
        std::thread([&] {
            if (job.rank() == job.size() - 1) {
                throw std::runtime_error("thrown where nobody catches");
            }
            MPI_Barrier(MPI_COMM_WORLD);
        }).join();
        return 0;
    }
    if (what == "gather_deaf") {
        gather_deaf();
        return 0;
    }
    if (what == "nodes") { // more than one node without MPI_THREAD_MULTIPLE
        const distproc::mpi_executor<> executor{.ranks_per_node = 1};
        try {
            (void)executor.supply(executor.make_team(), 1, 10);
        } catch (const distproc::error& refused) {
            std::printf("rank %zu: %s\n", job.rank(), refused.what());
        }
        return 0;
    }
    return 2;
}
