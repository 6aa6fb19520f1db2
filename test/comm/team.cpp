// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/comm/mpi_team.hpp>

#include <doctest/doctest.h>
#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <new>
#include <string>
#include <thread>
#include <vector>

// Calls that make or free communicators, counted on their way to MPI.
namespace {
std::atomic<int> made{0};
std::atomic<int> freed{0};
} // namespace

extern "C" int MPI_Comm_dup(MPI_Comm from, MPI_Comm* to) {
    ++made;
    return PMPI_Comm_dup(from, to);
}
extern "C" int MPI_Comm_idup(MPI_Comm from, MPI_Comm* to, MPI_Request* request) {
    ++made;
    return PMPI_Comm_idup(from, to, request);
}
extern "C" int MPI_Comm_split(MPI_Comm from, int color, int key, MPI_Comm* to) {
    const int code = PMPI_Comm_split(from, color, key, to);
    made += *to != MPI_COMM_NULL ? 1 : 0;
    return code;
}
extern "C" int MPI_Comm_split_type(MPI_Comm from, int type, int key, MPI_Info info, MPI_Comm* to) {
    ++made;
    return PMPI_Comm_split_type(from, type, key, info, to);
}
extern "C" int MPI_Comm_free(MPI_Comm* which) {
    ++freed;
    return PMPI_Comm_free(which);
}

namespace {

using distproc::mpi_team;

std::size_t world_rank() {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return static_cast<std::size_t>(rank);
}
std::size_t world_size() {
    int size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return static_cast<std::size_t>(size);
}

std::string pattern(std::size_t seed, std::size_t length) {
    std::string bytes(length, '\0');
    for (std::size_t i = 0; i < length; ++i) {
        bytes[i] = static_cast<char>((seed * 131 + i * 7 + i / 251) & 0xffU);
    }
    return bytes;
}

std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

} // namespace

TEST_CASE("ranks, nodes and places, as they are and cut into groups") {
    const std::size_t size = world_size();
    for (const std::size_t group : {0UL, 1UL, 2UL, 3UL, 100UL}) {
        CAPTURE(group);
        const mpi_team ranks(MPI_COMM_WORLD, group);
        const std::size_t cut = group == 0 ? size : std::min(group, size); // the test runs on one machine
        CHECK(ranks.rank() == world_rank());
        CHECK(ranks.size() == size);
        CHECK(ranks.nodes() == (size + cut - 1) / cut);
        CHECK(ranks.node() == world_rank() / cut);
        CHECK(ranks.node_rank() == world_rank() % cut);
        CHECK(ranks.node_size() == std::min(cut, size - ranks.node() * cut));
        for (std::size_t r = 0; r < size; ++r) {
            CHECK(ranks.node_of(r) == r / cut);
        }
    }
}

TEST_CASE("nodes are numbered by their lowest rank also where ranks are in another order") {
    MPI_Comm reversed = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, 0, static_cast<int>(world_size() - world_rank()), &reversed);
    {
        const mpi_team ranks(reversed, 2);
        CHECK(ranks.rank() == world_size() - 1 - world_rank());
        CHECK(ranks.node() == ranks.rank() / 2);
    }
    MPI_Comm_free(&reversed);
}

TEST_CASE("all_gather and broadcast carry any bytes") {
    const mpi_team ranks(MPI_COMM_WORLD);
    for (const std::size_t unit : {0UL, 1UL, 1000UL, 300'000UL}) {
        const auto all = ranks.all_gather(pattern(ranks.rank(), unit * ranks.rank()));
        REQUIRE(all.size() == ranks.size());
        for (std::size_t r = 0; r < all.size(); ++r) {
            CHECK(all[r] == pattern(r, unit * r));
        }
        for (std::size_t root = 0; root < ranks.size(); ++root) {
            CHECK(ranks.broadcast(pattern(ranks.rank() + 5, unit + ranks.rank()), root) ==
                  pattern(root + 5, unit + root));
        }
    }
}

TEST_CASE("meet waits for all and calls idle meanwhile") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const auto memory = ranks.node_memory(2 * sizeof(std::atomic<std::size_t>));
    auto* arrived = reinterpret_cast<std::atomic<std::size_t>*>(memory.data());
    std::atomic<std::size_t>* idled = arrived + 1;
    for (std::size_t round = 1; round <= 20; ++round) {
        ++*arrived;
        ranks.meet([] {});
        CHECK(*arrived == round * ranks.size());
        ranks.meet([] {});
    }
    if (ranks.rank() == 0) { // comes only when all others have been idle
        while (*idled != ranks.size() - 1) {
            std::this_thread::yield();
        }
    }
    bool first = true;
    ranks.meet([&] {
        if (first) {
            ++*idled;
            first = false;
        }
    });
}

TEST_CASE("a second team of a communicator costs nothing, and all is freed with the communicator") {
    const int made_before = made;
    const int freed_before = freed;
    MPI_Comm own = MPI_COMM_NULL;
    PMPI_Comm_dup(MPI_COMM_WORLD, &own);
    const mpi_team first(own, 2);
    (void)first.leaders(1);
    (void)first.leaders(2);
    (void)first.service_group();
    const int made_once = made;
    CHECK(made_once > made_before);
    for (int i = 0; i < 5; ++i) {
        const mpi_team again(own, 2);
        CHECK(again.communicator() == first.communicator());
        CHECK(again.leaders(1).has_value() == (again.node_rank() == 0));
        (void)again.leaders(2);
        (void)again.service_group();
    }
    CHECK(made == made_once);
    PMPI_Comm_free(&own);
    CHECK(freed - freed_before == made_once - made_before);
}

TEST_CASE("sub-communicators have teams of their own, and ours do not touch the user's messages") {
    const int color = static_cast<int>(world_rank() % 2);
    MPI_Comm half = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, color, static_cast<int>(world_rank()), &half);
    int caught = -1;
    MPI_Request waiting = MPI_REQUEST_NULL; // takes whatever comes
    MPI_Irecv(&caught, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, half, &waiting);
    {
        const mpi_team ranks(half);
        CHECK(ranks.size() == (world_size() + 1 - static_cast<std::size_t>(color)) / 2);
        CHECK(ranks.rank() == world_rank() / 2);
        CHECK(ranks.all_gather("x").size() == ranks.size());
        const std::string text = pattern(1, 100);
        std::vector<std::byte> message;
        if (ranks.size() > 1 && ranks.rank() == 0) {
            CHECK(ranks.send(1, as_bytes(text), [] { return false; }));
        } else if (ranks.rank() == 1) {
            while (!ranks.receive(message)) {
                std::this_thread::yield();
            }
            CHECK(std::ranges::equal(message, as_bytes(text)));
        }
        int rank = 0;
        MPI_Comm_rank(half, &rank);
        MPI_Send(&rank, 1, MPI_INT, rank, 0, half);
        MPI_Wait(&waiting, MPI_STATUS_IGNORE);
        CHECK(caught == rank);
    }
    MPI_Comm_free(&half);
}

TEST_CASE("leaders of every k-th node") {
    for (const std::size_t group : {1UL, 2UL, 3UL}) {
        const mpi_team ranks(MPI_COMM_WORLD, group);
        for (const std::size_t k : {1UL, 2UL, 3UL, 50UL}) {
            CAPTURE(group);
            CAPTURE(k);
            const auto leaders = ranks.leaders(k);
            const bool chosen = ranks.rank() % group == 0 && ranks.node() % k == 0;
            REQUIRE(leaders.has_value() == chosen);
            if (leaders) {
                CHECK(leaders->rank() == ranks.node() / k);
                CHECK(leaders->size() == (ranks.nodes() + k - 1) / k);
                CHECK(leaders->nodes() == leaders->size());
                CHECK(leaders->node_size() == 1);
                CHECK(leaders->all_gather("l").size() == leaders->size());
            }
        }
    }
    const mpi_team ranks(MPI_COMM_WORLD);
    CHECK_THROWS_AS((void)ranks.leaders(0), distproc::error);
}

TEST_CASE("messages of many lengths, from all to all") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const std::vector<std::size_t> lengths{0, 1, 63, 5000, 300'001};
    std::vector<std::vector<std::size_t>> got(ranks.size()); // lengths, by sender
    std::size_t missing = (ranks.size() - 1) * lengths.size();
    std::vector<std::byte> message;
    const auto take = [&] {
        if (ranks.receive(message)) {
            const auto from = static_cast<std::size_t>(message[0]);
            const std::string body(reinterpret_cast<const char*>(message.data()) + 1, message.size() - 1);
            CHECK(body == pattern(from, body.size()));
            got.at(from).push_back(body.size());
            --missing;
        }
    };
    for (std::size_t to = 0; to < ranks.size(); ++to) {
        for (const std::size_t length : lengths) {
            const std::string text = static_cast<char>(ranks.rank()) + pattern(ranks.rank(), length);
            if (to != ranks.rank()) {
                CHECK(ranks.send(to, as_bytes(text), [&] { // two ranks that send to each other must both receive
                    take();
                    return false;
                }));
            }
        }
    }
    while (missing != 0) {
        take();
        std::this_thread::yield();
    }
    for (std::size_t r = 0; r < ranks.size(); ++r) {
        CHECK(got[r] == (r == ranks.rank() ? std::vector<std::size_t>{} : lengths)); // in the order of sending
    }
    ranks.meet([] {});
}

TEST_CASE("a message in many pieces, and one that nobody takes") {
    if (world_size() < 2) {
        return;
    }
    MPI_Comm line = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &line);
    {
        distproc::detail::messages mail(line, 1000);
        const std::string text = pattern(3, 1'234'567);
        std::vector<std::byte> message;
        if (world_rank() == 0) {
            CHECK(mail.send(1, as_bytes(text), [] { return false; }));
            int asked = 0;
            CHECK_FALSE(mail.send(1, as_bytes(text), [&] { return ++asked == 3; })); // rank 1 waits at the barrier
        } else if (world_rank() == 1) {
            while (!mail.receive(message)) {
                std::this_thread::yield();
            }
            CHECK(std::ranges::equal(message, as_bytes(text)));
        }
        MPI_Barrier(MPI_COMM_WORLD);
        mail.forget();
    }
    MPI_Comm_free(&line);
}

TEST_CASE("what is no communicator of ranks is refused in words") {
    CHECK_THROWS_WITH_AS(mpi_team(MPI_COMM_NULL), doctest::Contains("MPI_COMM_NULL"), distproc::error);
    if (world_size() < 2) {
        return;
    }
    const int side = world_rank() == 0 ? 0 : 1;
    MPI_Comm local = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, side, 0, &local);
    MPI_Comm both = MPI_COMM_NULL;
    MPI_Intercomm_create(local, 0, MPI_COMM_WORLD, side == 0 ? 1 : 0, 9, &both);
    CHECK_THROWS_WITH_AS(mpi_team(both, 0), doctest::Contains("MPI_Intercomm_merge"), distproc::error);
    MPI_Comm_free(&both);
    MPI_Comm_free(&local);
}
