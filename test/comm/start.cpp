// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Programs that begin or end in special ways; the first argument says how. ctest looks at what they print.
#include <distproc/comm/environment.hpp>
#include <distproc/comm/mpi_call.hpp>
#include <distproc/executor/mpi.hpp>

#include <mpi.h>

#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <thread>

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
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
