// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Communicators of any kind: halves of the ranks that run different jobs at once, single ranks, other orders of ranks.
// MPI was started by the host program (the test's runner).
#include "execute/cross.hpp"
#include <distproc/executor/mpi.hpp>

#include <doctest/doctest.h>
#include <mpi.h>

#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace {

int world_rank() {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}
int world_size() {
    int size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

class split {
public:
    split(int color, int key) { MPI_Comm_split(MPI_COMM_WORLD, color, key, &part); }
    ~split() {
        if (part != MPI_COMM_NULL) {
            MPI_Comm_free(&part);
        }
    }
    split(const split&) = delete;
    split& operator=(const split&) = delete;

    MPI_Comm part = MPI_COMM_NULL;
};

std::vector<int> times(int factor, std::size_t count, const distproc::mpi_executor<>& on) {
    std::vector<int> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    std::vector<int> results;
    const auto report = execute(
        numbers, [factor](int x) { return factor * x; }, on,
        distproc::memory_writer{results, distproc::results_on::every_rank}, test::quiet());
    CHECK(report.items == count);
    CHECK(report.ranks == on.make_team().size());
    return results;
}

std::vector<int> expected(int factor, std::size_t count) {
    std::vector<int> all(count);
    for (std::size_t i = 0; i < count; ++i) {
        all[i] = factor * static_cast<int>(i);
    }
    return all;
}

} // namespace

TEST_CASE("two halves run different jobs at once, then all run one") {
    const int half = world_rank() % 2;
    const split halves(half, 0);
    for (int time = 0; time < 10; ++time) {
        const int factor = 10 * half + time;
        const std::size_t count = 1000 + 313 * static_cast<std::size_t>(half);
        CHECK(times(factor, count, {.communicator = halves.part}) == expected(factor, count));
    }
    CHECK(times(3, 500, {}) == expected(3, 500));
}

TEST_CASE("one half fails, the other does not notice") {
    const int half = world_rank() % 2;
    const split halves(half, 0);
    const distproc::mpi_executor<> on{.communicator = halves.part};
    const std::vector<int> numbers(500, 7);
    std::string said;
    try {
        const auto report = execute(
            numbers,
            [half](int x, distproc::context& here) {
                if (half == 1 && here.item() == 77) {
                    throw distproc::error("half 1 fails");
                }
                return x;
            },
            on, distproc::null_writer{}, test::quiet());
        CHECK(half == 0);
        CHECK(report.items == 500);
    } catch (const distproc::execution_error& e) {
        CHECK(half == 1);
        CHECK(e.item() == 77);
        CHECK(e.message() == "half 1 fails");
    }
    CHECK(times(1, 100, on) == expected(1, 100));
}

TEST_CASE("ranks in another order, and each rank on its own") {
    const split reversed(0, -world_rank());
    CHECK(times(4, 333, {.communicator = reversed.part}) == expected(4, 333));
    CHECK(times(5, 333, {.communicator = MPI_COMM_SELF}) == expected(5, 333));
}

TEST_CASE("some ranks are no part of it") {
    const split part(world_rank() < (world_size() + 1) / 2 ? 0 : MPI_UNDEFINED, 0);
    if (part.part != MPI_COMM_NULL) {
        CHECK(times(6, 91, {.communicator = part.part}) == expected(6, 91));
    }
}

TEST_CASE("ranks that were given different work get one error") {
    const auto rank = static_cast<std::size_t>(world_rank());
    std::vector<double> numbers(100, 1);
    distproc::options how = test::quiet();
    std::string theirs;
    std::string ours;
    SUBCASE("another source") {
        numbers.resize(100 + rank);
        theirs = "rank 1 has 101 items";
        ours = "rank 0 has 100 items";
    }
    SUBCASE("another seed") {
        how.seed = rank + 5;
        theirs = "seed 6";
        ours = "seed 5";
    }
    std::string said = "nothing";
    try {
        (void)execute(
            numbers, [](double x) { return x; }, distproc::mpi_executor<>{}, distproc::null_writer{}, how);
    } catch (const distproc::execution_error& e) {
        said = e.what();
    }
    if (world_size() == 1) {
        CHECK(said == "nothing");
    } else {
        CHECK(said.starts_with("planning on rank 1 (node 0): rank 1 has "));
        CHECK(said.find(theirs) < said.find(", but rank 0 has "));
        CHECK(said.find(ours) != std::string::npos);
        CHECK(said.ends_with("; give every rank the same source, compute, writer and options"));
    }
    for (const std::string& other : distproc::mpi_team(MPI_COMM_WORLD).all_gather(said)) {
        CHECK(other == said);
    }
}

TEST_CASE("ranks may have different memory: the least holds") {
    distproc::options how = test::quiet();
    how.memory_bytes = std::size_t{1} << (20 + world_rank());
    const std::vector<double> numbers(100, 1);
    CHECK(execute(
              numbers, [](double x) { return x; }, distproc::mpi_executor<>{}, distproc::null_writer{}, how)
              .items == 100);
}

TEST_CASE("one rank cannot open its source") {
    struct missing_somewhere {
        std::size_t where;
        auto open() const {
            if (static_cast<std::size_t>(world_rank()) == where) {
                throw distproc::error("no such file on this node");
            }
            static const std::vector<int> numbers(10, 1);
            return distproc::range_source(numbers).open();
        }
    };
    for (std::size_t where = 0; where < static_cast<std::size_t>(world_size()); ++where) {
        std::string said;
        try {
            (void)execute(
                missing_somewhere{where}, [](int x) { return x; }, distproc::mpi_executor<>{}, distproc::null_writer{},
                test::quiet());
        } catch (const distproc::execution_error& e) {
            said = e.what();
        }
        CHECK(said == "planning on rank " + std::to_string(where) + " (node 0): no such file on this node");
    }
}
