// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/executor/mpi.hpp>

#include <doctest/doctest.h>
#include <mpi.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

using distproc::index_range;
using distproc::mpi_executor;
using distproc::mpi_supply;
using distproc::mpi_team;
using distproc::schedule;

namespace {

constexpr schedule schedules[] = {schedule::dynamic, schedule::static_};
constexpr std::size_t groups[] = {0, 1, 2, 3}; // ranks that count as a node

/// Takes until nothing is left; about `most` at a time.
std::vector<index_range> take_all(mpi_supply& supply, std::size_t most) {
    std::vector<index_range> mine;
    while (!supply.exhausted() && !supply.flags().stopping()) {
        const index_range part = supply.take(most);
        if (part.empty()) {
            std::this_thread::yield();
            continue;
        }
        mine.push_back(part);
        supply.flags().items_done += part.size();
    }
    return mine;
}

/// Whether the parts of all ranks are [0, count), each place once.
bool is_partition(const mpi_team& ranks, const std::vector<index_range>& mine, std::size_t count) {
    std::string bytes;
    for (const index_range& part : mine) {
        distproc::save_bytes(bytes, part);
    }
    std::vector<index_range> all;
    for (const std::string& text : ranks.all_gather(bytes)) {
        for (std::string_view rest = text; !rest.empty();) {
            all.push_back(distproc::load_bytes<index_range>(rest));
        }
    }
    std::sort(all.begin(), all.end(), [](index_range a, index_range b) { return a.first < b.first; });
    std::size_t end = 0;
    for (const index_range& part : all) {
        if (part.first != end || part.empty()) {
            return false;
        }
        end = part.last;
    }
    return end == count;
}

template <class Use>
void for_each_setting(Use&& use) {
    for (const schedule how : schedules) {
        for (const std::size_t group : groups) {
            CAPTURE(static_cast<int>(how));
            CAPTURE(group);
            use(mpi_executor<>{.how = how, .ranks_per_node = group});
        }
    }
}

} // namespace

TEST_CASE("every place is handed out once, and the counts are right on every rank in the end") {
    for_each_setting([](const mpi_executor<>& executor) {
        const mpi_team ranks = executor.make_team();
        for (const std::size_t count : {0UL, 1UL, 5UL, 1000UL, 100'003UL}) {
            for (const std::size_t most : {1UL, 17UL, 1'000'000UL}) {
                if (count / most > 10'000) {
                    continue;
                }
                CAPTURE(count);
                CAPTURE(most);
                const std::size_t width = ranks.rank() % 3 + 1; // uneven
                mpi_supply supply = executor.supply(ranks, width, count);
                const std::vector<index_range> mine = take_all(supply, most);
                supply.finish([] {});
                CHECK(is_partition(ranks, mine, count));
                CHECK(supply.take(1).empty());
                CHECK(supply.exhausted());
                CHECK(supply.flags().items_done + supply.flags().items_done_elsewhere == count);
                CHECK_FALSE(supply.flags().stopping());
            }
        }
    });
}

TEST_CASE("more places than a queue has units") {
    for_each_setting([](const mpi_executor<>& executor) {
        const mpi_team ranks = executor.make_team();
        const std::size_t count = (std::size_t{1} << 33U) + 5;
        mpi_supply supply = executor.supply(ranks, 1, count);
        const std::vector<index_range> mine = take_all(supply, count);
        supply.finish([] {});
        CHECK(is_partition(ranks, mine, count));
    });
}

TEST_CASE("static: each rank gets what its width is worth") {
    const mpi_executor<> executor{.how = schedule::static_};
    const mpi_team ranks = executor.make_team();
    std::size_t widths = 0;
    for (std::size_t r = 0; r < ranks.size(); ++r) {
        widths += r + 1;
    }
    mpi_supply supply = executor.supply(ranks, ranks.rank() + 1, 100 * widths);
    std::size_t taken = 0;
    for (const index_range& part : take_all(supply, 7)) {
        taken += part.size();
    }
    supply.finish([] {});
    CHECK(taken == 100 * (ranks.rank() + 1));
}

TEST_CASE("work of a node that takes nothing goes to the other nodes, down to the last unit") {
    for (const std::size_t group : {1UL, 2UL, 3UL}) {
        const mpi_executor<> executor{.ranks_per_node = group};
        const mpi_team ranks = executor.make_team();
        if (ranks.nodes() == 1) {
            continue;
        }
        mpi_supply supply = executor.supply(ranks, 1, 1001);
        std::vector<index_range> mine;
        if (ranks.node() == 0) { // as if its workers were all in one long item
            while (!supply.exhausted()) {
                std::this_thread::sleep_for(std::chrono::microseconds(100));
            }
        } else {
            mine = take_all(supply, 10);
        }
        supply.finish([] {});
        CHECK(is_partition(ranks, mine, 1001));
    }
}

TEST_CASE("a stop on one rank reaches all, and a failure outranks a request") {
    for_each_setting([](const mpi_executor<>& executor) {
        const mpi_team ranks = executor.make_team();
        for (std::size_t asker = 0; asker < ranks.size(); ++asker) {
            mpi_supply supply = executor.supply(ranks, 1, 1000);
            if (ranks.rank() == asker) {
                supply.flags().request(distproc::stop_cause::requested);
            }
            while (!supply.flags().stopping()) {
                std::this_thread::yield();
            }
            if (ranks.rank() == ranks.size() - 1 - asker) {
                supply.flags().request(distproc::stop_cause::failed);
            }
            supply.finish([] {});
            CHECK(supply.flags().cause() == distproc::stop_cause::failed);
        }
    });
}

TEST_CASE("finish calls idle while others still work") {
    for_each_setting([](const mpi_executor<>& executor) {
        const mpi_team ranks = executor.make_team();
        const auto memory = mpi_team(MPI_COMM_WORLD).node_memory(sizeof(std::atomic<std::size_t>));
        auto* idled = reinterpret_cast<std::atomic<std::size_t>*>(memory.data());
        mpi_supply supply = executor.supply(ranks, 1, 0);
        if (ranks.rank() == 0) {
            while (*idled != ranks.size() - 1) {
                std::this_thread::yield();
            }
        }
        bool first = true;
        supply.finish([&] {
            if (first && ranks.rank() != 0) {
                ++*idled;
                first = false;
            }
        });
        ranks.meet([] {});
    });
}

TEST_CASE("a rank that leaves by an exception stops all and lets them finish") {
    for_each_setting([](const mpi_executor<>& executor) {
        const mpi_team ranks = executor.make_team();
        for (std::size_t leaver = 0; leaver < ranks.size(); ++leaver) {
            mpi_supply supply = executor.supply(ranks, 1, 1000);
            if (ranks.rank() != leaver) {
                while (!supply.flags().stopping()) {
                    std::this_thread::yield();
                }
                supply.finish([] {});
            }
        }
        ranks.meet([] {});
    });
}

TEST_CASE("a node that has no memory to give is the same error on all ranks of all nodes") {
    const mpi_executor<> executor{.ranks_per_node = 2};
    const mpi_team ranks = executor.make_team();
    if (ranks.nodes() == 1) {
        return;
    }
    for (const schedule how : schedules) {
        rlimit usual{};
        REQUIRE(getrlimit(RLIMIT_FSIZE, &usual) == 0);
        const auto on_signal = std::signal(SIGXFSZ, SIG_IGN);
        if (ranks.node() == 0) { // its leader cannot make a shared file
            const rlimit none{0, usual.rlim_max};
            REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
        }
        std::string text;
        try {
            (void)mpi_supply(ranks, 1, 1000, how);
        } catch (const distproc::error& refused) {
            text = refused.what();
        }
        REQUIRE(setrlimit(RLIMIT_FSIZE, &usual) == 0);
        std::signal(SIGXFSZ, on_signal);
        CHECK(text.find("bytes of shared memory") != std::string::npos);
        for (const std::string& each : ranks.all_gather(text)) {
            CHECK(each == text);
        }
        mpi_supply supply(ranks, 1, 1000, how); // later ones work
        const std::vector<index_range> mine = take_all(supply, 10);
        supply.finish([] {});
        CHECK(is_partition(ranks, mine, 1000));
    }
}

TEST_CASE("sub-communicators work side by side") {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm part = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &part);
    for (const std::size_t group : groups) {
        const mpi_executor<> executor{.communicator = part, .ranks_per_node = group};
        const mpi_team ranks = executor.make_team();
        const std::size_t count = rank % 2 == 0 ? 300 : 5000;
        mpi_supply supply = executor.supply(ranks, 1, count);
        const std::vector<index_range> mine = take_all(supply, 10);
        supply.finish([] {});
        CHECK(is_partition(ranks, mine, count));
    }
    MPI_Comm_free(&part);
}

TEST_CASE("two communicators at the same time in two threads") {
    MPI_Comm both[2] = {MPI_COMM_NULL, MPI_COMM_NULL};
    MPI_Comm_dup(MPI_COMM_WORLD, &both[0]);
    MPI_Comm_dup(MPI_COMM_WORLD, &both[1]);
    bool right[2] = {false, false};
    const auto work = [&](std::size_t which) {
        bool all = true;
        for (const std::size_t group : groups) {
            const mpi_executor<> executor{.communicator = both[which], .ranks_per_node = group};
            const mpi_team ranks = executor.make_team();
            mpi_supply supply = executor.supply(ranks, 1, 1000 + which);
            const std::vector<index_range> mine = take_all(supply, 10);
            supply.finish([] {});
            all = is_partition(ranks, mine, 1000 + which) && all;
        }
        right[which] = all;
    };
    std::thread other(work, 1);
    work(0);
    other.join();
    CHECK(right[0]);
    CHECK(right[1]);
    MPI_Comm_free(&both[0]);
    MPI_Comm_free(&both[1]);
}
