// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The end of a memory_writer's run on several ranks: messages of more than one piece, and one that cannot be sent.
#include <distproc/comm/mpi_team.hpp>
#include <distproc/writer/memory.hpp>

#include <doctest/doctest.h>
#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

using distproc::memory_writer;
using distproc::mpi_team;
using distproc::outcome;
using distproc::results_on;

namespace {

constexpr std::size_t no_rank = static_cast<std::size_t>(-1);

/// A team in which one rank has no memory for its second message.
class short_of_memory : public mpi_team {
public:
    explicit short_of_memory(std::size_t victim) : mpi_team(MPI_COMM_WORLD), victim_(victim) {}

    template <class GiveUp>
    [[nodiscard]] bool send(std::size_t to, std::span<const std::byte> bytes, GiveUp&& give_up) const {
        if (rank() == victim_ && ++sent_ == 2) {
            throw std::bad_alloc();
        }
        return mpi_team::send(to, bytes, give_up);
    }
    [[nodiscard]] std::optional<short_of_memory> leaders(std::size_t /*nodes_per_leader*/) const { return *this; }

private:
    std::size_t victim_;
    mutable std::size_t sent_ = 0;
};
static_assert(distproc::team<short_of_memory>);

/// Each rank writes every size-th stretch of 1000 items; returns what `close` throws on this rank.
std::string error_of_run(std::vector<double>& results, std::size_t items, results_on where, std::size_t victim) {
    const short_of_memory ranks(victim);
    distproc::plan what;
    what.grid = distproc::granules(distproc::shape{items});
    auto session = memory_writer(results, where).open<double>(what, ranks);
    constexpr std::size_t stretch = 1000;
    for (std::size_t first = ranks.rank() * stretch; first < items; first += ranks.size() * stretch) {
        std::vector<double> block(std::min(stretch, items - first));
        for (std::size_t k = 0; k < block.size(); ++k) {
            block[k] = 0.5 * static_cast<double>(first + k);
        }
        session.write(first, block);
    }
    session.finish();
    try {
        session.close(outcome::complete);
    } catch (const distproc::error& failed) {
        return failed.what();
    }
    return "";
}

std::size_t wrong_results(const std::vector<double>& results) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        wrong += results[i] == 0.5 * static_cast<double>(i) ? 0 : 1;
    }
    return wrong;
}

} // namespace

TEST_CASE("results arrive whole, in one message or many") {
    const std::size_t rank = mpi_team(MPI_COMM_WORLD).rank();
    for (const std::size_t items : {0UL, 1UL, 5'000UL, 4'000'001UL}) {
        for (const results_on where : {results_on::root, results_on::every_rank}) {
            std::vector<double> results;
            CHECK(error_of_run(results, items, where, no_rank).empty());
            CHECK(results.size() == (where == results_on::every_rank || rank == 0 ? items : 0));
            CHECK(wrong_results(results) == 0);
        }
    }
}

TEST_CASE("a rank that cannot send its results is the same error on all ranks, and nobody waits for it") {
    const mpi_team ranks(MPI_COMM_WORLD);
    for (std::size_t victim = 1; victim < ranks.size(); ++victim) {
        for (const results_on where : {results_on::root, results_on::every_rank}) {
            std::vector<double> results;
            const std::string text = error_of_run(results, 1'200'000 * ranks.size(), where, victim);
            CHECK(text == "memory_writer: out of memory (std::bad_alloc)");
        }
    }
}
