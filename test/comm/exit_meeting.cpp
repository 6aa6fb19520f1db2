// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/comm/environment.hpp>

#include <doctest/doctest.h>
#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>

using distproc::exit_state;
using distproc::mpi_environment;

namespace {

struct started {
    int argc = 0;
    char** argv = nullptr;
    mpi_environment environment{argc, argv}; // finds MPI running
};

} // namespace

TEST_CASE("an environment leaves MPI as it found it") {
    const std::terminate_handler before = std::get_terminate();
    for (int i = 0; i < 3; ++i) {
        const started s;
        int rank = 0;
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        CHECK(s.environment.rank() == static_cast<std::size_t>(rank));
        const bool replaced = std::get_terminate() != before;
        CHECK(replaced);
    }
    const bool restored = std::get_terminate() == before;
    CHECK(restored);
    int ended = 1;
    MPI_Finalized(&ended);
    CHECK(ended == 0);
}

TEST_CASE("the worst code wins, then the lowest rank, on all ranks") {
    const started s;
    const mpi_environment& job = s.environment;
    exit_state all = job.agree(0, "fine");
    CHECK(all.code == 0);
    CHECK(all.message.empty());
    for (std::size_t stopped = 0; stopped < job.size(); ++stopped) {
        all = job.agree(job.rank() >= stopped ? 75 : 0, "stopped " + std::to_string(job.rank()));
        CHECK(all.code == 75);
        CHECK(all.rank == stopped);
        CHECK(all.message == "stopped " + std::to_string(stopped));
        const std::size_t failed = job.size() - 1;
        all = job.agree(job.rank() == failed    ? 3
                        : job.rank() == stopped ? 75
                                                : 0,
                        "rank " + std::to_string(job.rank()) + "\nsecond line");
        CHECK(all.code == 3);
        CHECK(all.rank == failed);
        CHECK(all.message == "rank " + std::to_string(failed) + "\nsecond line");
        CHECK_FALSE(all.alone);
    }
}

TEST_CASE("a failed rank that nobody joins is told that it is alone") {
    int size = 0;
    int rank = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (size == 1) {
        return;
    }
    MPI_Comm group = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &group);
    if (rank == 0) {
        const exit_state all = distproc::detail::meet_to_exit(group, 1, "lost", std::chrono::milliseconds(20));
        CHECK(all.alone);
        CHECK(all.code == 1);
        CHECK(all.message == "lost");
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank != 0) { // ends what rank 0 began
        std::uint64_t vote = 0;
        std::uint64_t worst = 0;
        MPI_Request request = MPI_REQUEST_NULL;
        MPI_Iallreduce(&vote, &worst, 1, MPI_UINT64_T, MPI_MAX, group, &request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        CHECK((worst >> 32U) == 2);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}
