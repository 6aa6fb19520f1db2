// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/comm/mpi_team.hpp>

#include <doctest/doctest.h>
#include <mpi.h>
#include <semaphore.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <new>
#include <string>

using distproc::mpi_team;

namespace {

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

bool any_name_left() {
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
        if (entry.path().filename().string().starts_with("distproc-" + std::to_string(::getpid()) + "-")) {
            return true;
        }
    }
    return false;
}

} // namespace

TEST_CASE("node memory is zeroed, aligned to pages, and shared by the ranks of a node only") {
    for (const std::size_t group : {0UL, 1UL, 2UL, 3UL}) {
        const mpi_team ranks(MPI_COMM_WORLD, group);
        for (const std::size_t bytes : {0UL, 1UL, 4096UL, 1'000'003UL}) {
            const auto memory = ranks.node_memory(bytes);
            CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 4096 == 0);
            CHECK(std::all_of(memory.data(), memory.data() + bytes, [](std::byte b) { return b == std::byte{0}; }));
            ranks.meet_node([] {});
            if (bytes >= ranks.node_size()) {
                memory.data()[ranks.node_rank()] = static_cast<std::byte>(ranks.rank() + 1);
                ranks.meet_node([] {});
                for (std::size_t r = 0; r < ranks.node_size(); ++r) {
                    CHECK(memory.data()[r] == static_cast<std::byte>(ranks.rank() - ranks.node_rank() + r + 1));
                }
            }
        }
    }
}

TEST_CASE("semaphores in node memory wake other ranks") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const auto memory = ranks.node_memory((ranks.size() + 1) * sizeof(sem_t));
    auto* turns = reinterpret_cast<sem_t*>(memory.data());
    if (ranks.node_rank() == 0) {
        for (std::size_t r = 0; r < ranks.size(); ++r) {
            REQUIRE(sem_init(turns + r, 1, 0) == 0);
        }
    }
    ranks.meet([] {});
    if (ranks.rank() == 0) {
        sem_post(turns);
    }
    for (int round = 0; round < 200; ++round) { // a token goes round
        while (sem_wait(turns + ranks.rank()) != 0) {
        }
        sem_post(turns + (ranks.rank() + 1) % ranks.size());
    }
    ranks.meet([] {});
}

TEST_CASE("memory leaves no name, no descriptor and no mapping behind") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 200; ++i) {
        const auto memory = ranks.node_memory(std::size_t{16} << 20U); // 200 of them would be 3 GiB
        CHECK_FALSE(any_name_left());
    }
    CHECK(open_descriptors() == before);
}

TEST_CASE("memory that the system does not have is the same error on all ranks of the node") {
    const mpi_team ranks(MPI_COMM_WORLD);
    std::string text;
    try {
        (void)ranks.node_memory(std::size_t{1} << 50U);
    } catch (const distproc::error& refused) {
        text = refused.what();
    }
    CHECK(text.find("1125899906842624 bytes") != std::string::npos);
    for (const std::string& each : ranks.all_gather(text)) {
        CHECK(each == text);
    }
    CHECK_FALSE(any_name_left());
}
