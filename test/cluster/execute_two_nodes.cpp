// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// `execute` across real nodes with uneven numbers of ranks: who computes, and how an error travels.
#include "board.hpp"
#include "work.hpp"
#include <distproc/execute.hpp>
#include <distproc/executor/hybrid.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/memory.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace cluster;
using namespace std::chrono_literals;

struct placed_value {
    double value;
    std::int32_t rank;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("value", value) & distproc::named("rank", rank);
    }
};

/// One node does not get on until the others have computed `enough` items.
struct held_node {
    const board* news;
    const places* where;
    std::size_t node;
    std::size_t enough;
    std::chrono::steady_clock::time_point patience; // until then

    placed_value operator()(std::size_t item) const {
        const auto mine = where->node();
        if (mine == node) {
            while (computed_elsewhere() < enough && std::chrono::steady_clock::now() < patience) {
                std::this_thread::sleep_for(200us);
            }
        }
        const placed_value result{value_of(item), where->rank};
        (*news)->computed[news->rank()] += 1;
        return result;
    }

    [[nodiscard]] std::size_t computed_elsewhere() const {
        std::size_t sum = 0;
        for (std::size_t r = 0; r < where->node_of.size(); ++r) {
            sum += where->node_of[r] == node ? 0 : (*news)->computed[r].load();
        }
        return sum;
    }
};

} // namespace

TEST_CASE_TEMPLATE("a node that is held up leaves its items to the others, with the same results", Executor,
                   distproc::mpi_executor<>, distproc::hybrid_executor) {
    const places where;
    REQUIRE(where.nodes() >= 2);
    for (std::size_t slow = 0; slow < where.nodes(); ++slow) {
        CAPTURE(slow);
        const board news;
        const std::size_t ranks = where.node_of.size();
        const std::size_t share = items * (ranks - where.ranks_of(slow)) / ranks; // of the others, if it were static
        const std::size_t enough = share + (items - share) / 2;

        std::vector<placed_value> results;
        const auto report = distproc::execute(
            all_items(), held_node{&news, &where, slow, enough, std::chrono::steady_clock::now() + 30s}, Executor{},
            distproc::memory_writer{results, distproc::results_on::every_rank});

        CHECK(report.items == items);
        CHECK(report.nodes == where.nodes());
        CHECK(report.ranks == ranks);
        REQUIRE(results.size() == items);
        std::vector<double> values;
        std::size_t elsewhere = 0;
        for (const placed_value& r : results) {
            values.push_back(r.value);
            elsewhere += where.node_of[static_cast<std::size_t>(r.rank)] != slow;
        }
        CHECK(bits_of(values) == bits_of(expected()));
        CHECK(elsewhere >= enough);
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

TEST_CASE_TEMPLATE("an exception on one node ends the run on all with the same error", Executor,
                   distproc::mpi_executor<>, distproc::hybrid_executor) {
    const places where;
    for (int thrower = 0; thrower < where.size; ++thrower) {
        CAPTURE(thrower);
        const board news;
        const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch(); };
        const auto compute = [&](std::size_t item) { // would take minutes
            std::int64_t nobody = 0;                 // one thread of the rank throws
            if (where.rank == thrower &&
                news->thrown_at.compare_exchange_strong(nobody, std::chrono::nanoseconds(now()).count())) {
                throw std::runtime_error("no more film at item " + std::to_string(item));
            }
            std::this_thread::sleep_for(1ms);
            return value_of(item);
        };
        std::string text;
        std::vector<double> results;
        try {
            distproc::execute(std::vector<std::size_t>(1'000'000, 1), compute, Executor{},
                              distproc::memory_writer{results});
        } catch (const distproc::execution_error& e) {
            text = e.what();
            CHECK(e.where() == distproc::stage::compute);
            CHECK(e.rank() == static_cast<std::size_t>(thrower));
            CHECK(e.node() == where.node_of[static_cast<std::size_t>(thrower)]);
            CHECK(e.message() == "no more film at item 1");
            CHECK(e.others() == 0);
        }
        CHECK(now() - std::chrono::nanoseconds(news->thrown_at) < 5s);
        CHECK(text == text_of_rank_0(text));
        CHECK(text != "");
    }
}
