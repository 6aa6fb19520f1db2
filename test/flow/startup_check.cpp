// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// What the start-up check says of parts that are given; test/run prints it in earnest.
#include <distproc/core/team.hpp>
#include <distproc/flow/startup_check.hpp>
#include <distproc/writer/null.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace {

using namespace distproc::detail;

std::vector<node_setup> two_nodes() {
    std::vector<node_setup> nodes;
    for (const char* const host : {"alpha", "beta"}) {
        rank_setup one;
        one.host = host;
        one.cores = {0, 1, 2, 3};
        one.machine_cores = 8;
        one.workers = 4;
        one.free_memory = 4'000'000'000;
        one.budget = 500'000'000;
        one.free_shared = 2'000'000'000;
        node_setup node;
        node.add(one);
        one.cores = {4, 5, 6};
        one.workers = 3;
        node.add(one);
        nodes.push_back(node);
    }
    return nodes;
}

struct bare {
    using environment = int;
    static constexpr const char* name = "bare";
};

} // namespace

TEST_CASE("the start-up check in words") {
    distproc::plan what;
    what.source = "scan.h5:/spectra";
    const run_parts parts{
        "hybrid", "Some MPI 1.2, MPI_THREAD_MULTIPLE", "hdf5", "/proc/fits.h5", "HDF5 9.8.7, serial", 4, true};
    const std::string text = startup_text(parts, what, 4, two_nodes());
    CHECK(text ==
          "distproc: start-up check\n"
          "  executor  hybrid, 4 ranks on 2 nodes; Some MPI 1.2, MPI_THREAD_MULTIPLE\n"
          "  source    scan.h5:/spectra\n"
          "  writer    hdf5: /proc/fits.h5 (on 0x9fa0, 0 B free); HDF5 9.8.7, serial\n"
          "  node 0    alpha: 2 ranks, 7 workers; 7 of 8 cores, each rank on 3 to 4; memory: 4 GB free, 1 GB for this "
          "run; /dev/shm: 2 GB free\n"
          "  node 1    beta: 2 ranks, 7 workers; 7 of 8 cores, each rank on 3 to 4; memory: 4 GB free, 1 GB for this "
          "run; /dev/shm: 2 GB free\n");
}

TEST_CASE("one file on NFS, written by several machines") {
    const run_parts shared{"mpi", "", "hdf5", "fits.h5", "HDF5", 2, false};
    const distproc::file_system nfs = kind_of_file_system(0x6969);
    const auto said = startup_problems(shared, nfs, two_nodes());
    REQUIRE(said.size() == 1);
    CHECK(said[0] == "output 'fits.h5' is on nfs, where machines that write one file see each other's bytes late and "
                     "wait long for locks; use a parallel file system (Lustre, BeeGFS, GPFS), or shard_writer");
    CHECK(startup_problems(shared, kind_of_file_system(0x0BD00BD0), two_nodes()).empty()); // Lustre
    CHECK(startup_problems(shared, nfs, {two_nodes()[0]}).empty());
    auto one_host = two_nodes(); // whose ranks are two nodes, as ranks_per_node makes them
    one_host[1].host = one_host[0].host;
    CHECK(startup_problems(shared, nfs, one_host).empty());
    auto one_writer = shared;
    one_writer.writers = 1;
    CHECK(startup_problems(one_writer, nfs, two_nodes()).empty());
}

TEST_CASE("parts that say nothing of themselves") {
    const run_parts parts = parts_of(bare{}, distproc::null_writer{}, distproc::solo_team{});
    CHECK(parts.executor == "bare");
    CHECK(parts.writer == "null");
    CHECK(parts.environment.empty());
    CHECK(parts.output.empty());
    CHECK_FALSE(parts.adapts);
    CHECK(parts.writers == 1);
}
