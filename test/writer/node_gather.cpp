// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/execute.hpp>
#include <distproc/executor/hybrid.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/node_gather.hpp>

#include <doctest/doctest.h>
#include <mpi.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using distproc::hybrid_executor;
using distproc::mpi_executor;
using distproc::node_gather;

struct sample {
    double value;
    long item;
    signed char tag;
    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/) {
        archive& distproc::named("value", value) & distproc::named("item", item) & distproc::named("tag", tag);
    }
    bool operator==(const sample&) const = default;
};

sample of_item(int i) { return {i / 3.0, i, static_cast<signed char>(i)}; }

std::vector<int> numbers(std::size_t count) {
    std::vector<int> all(count);
    std::iota(all.begin(), all.end(), 0);
    return all;
}

std::size_t world_size() {
    int size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return static_cast<std::size_t>(size);
}
std::size_t world_rank() {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return static_cast<std::size_t>(rank);
}

enum class fails_in { nothing, open, write, finish, close };

/// What the sessions of one process saw.
struct witness {
    int opened = 0;
    int finished = 0;
    int closed = 0;
    std::size_t items = 0;
    std::size_t writers = 0; // ranks of the team it was opened on
    std::atomic<int> inside{0};
    bool crowded = false; // two threads at once
};

/// Counts what comes, and fails where it is told to, on one of the writing ranks.
struct test_writer {
    static constexpr std::string_view name = "test";
    witness* seen;
    fails_in where = fails_in::nothing;
    std::size_t rank = 0; // among the writers
    distproc::index_set known{};

    template <class Result>
    struct session {
        static constexpr bool concurrent = false;
        const test_writer* policy;
        bool me;
        bool written = false;

        void fail(fails_in here) const {
            if (me && policy->where == here) {
                throw std::runtime_error("told to fail");
            }
        }
        [[nodiscard]] distproc::index_set done() const { return policy->known; }
        void write(std::size_t first, std::span<const Result> results) {
            witness& seen = *policy->seen;
            seen.crowded = seen.crowded || seen.inside++ != 0;
            seen.items += results.size();
            for (std::size_t k = 0; k < results.size(); ++k) {
                if (!(results[k] == of_item(static_cast<int>(first + k)))) {
                    throw std::runtime_error("item " + std::to_string(first + k) + " has other bits");
                }
            }
            --seen.inside;
            fail(fails_in::write);
        }
        void finish() const {
            ++policy->seen->finished;
            fail(fails_in::finish);
        }
        void close(distproc::outcome) const {
            ++policy->seen->closed;
            fail(fails_in::close);
        }
        [[nodiscard]] distproc::traffic moved() const { return {policy->seen->items, 0, 0}; }
        [[nodiscard]] static std::string description() { return "a test"; }
    };

    template <class Result, class Team>
    [[nodiscard]] session<Result> open(const distproc::plan&, const Team& ranks) const {
        session<Result> made{this, ranks.rank() == std::min(rank, ranks.size() - 1)};
        ++seen->opened;
        seen->writers = ranks.size();
        made.fail(fails_in::open);
        return made;
    }
};

struct setting {
    std::size_t group;            // ranks that count as a node
    std::size_t nodes_per_writer; //
    std::size_t bytes;            // of buffer
    [[nodiscard]] std::size_t nodes() const {
        const std::size_t size = world_size();
        return group == 0 ? 1 : (size + group - 1) / group;
    }
    [[nodiscard]] std::size_t writers() const { return (nodes() + nodes_per_writer - 1) / nodes_per_writer; }
    [[nodiscard]] bool writes_here() const {
        const std::size_t cut = group == 0 ? world_size() : group;
        return world_rank() % cut == 0 && world_rank() / cut % nodes_per_writer == 0;
    }
};

template <class Use>
void for_each_setting(Use&& use) {
    for (const std::size_t group : {0UL, 1UL, 2UL, 3UL}) {
        for (const std::size_t nodes_per_writer : {1UL, 2UL, 100UL}) {
            for (const std::size_t bytes : {4096UL, std::size_t{64} << 20U}) {
                CAPTURE(group);
                CAPTURE(nodes_per_writer);
                CAPTURE(bytes);
                use(setting{group, nodes_per_writer, bytes});
            }
        }
    }
}

const distproc::options quiet{.show = distproc::progress::off};

} // namespace

TEST_CASE("the results are those of a plain loop, to the bit") {
    const std::vector<int> items = numbers(3001);
    std::vector<sample> expected;
    for (const int i : items) {
        expected.push_back(of_item(i));
    }
    for_each_setting([&](const setting& how) {
        std::vector<sample> results;
        using memory = distproc::memory_writer<std::vector<sample>>;
        const node_gather<memory> writer{memory(results), how.nodes_per_writer, how.bytes};
        distproc::execute(items, of_item, mpi_executor<>{.ranks_per_node = how.group}, writer, quiet);
        if (world_rank() == 0) {
            CHECK(results == expected);
        }
        distproc::execute(items, of_item, hybrid_executor{{.threads = 2}, MPI_COMM_WORLD, {}, how.group}, writer,
                          quiet);
        if (world_rank() == 0) {
            CHECK(results == expected);
        }
    });
}

TEST_CASE("one rank per node, or per several, opens the writer, and one thread at a time is in it") {
    const std::vector<int> items = numbers(2000);
    for_each_setting([&](const setting& how) {
        witness seen;
        const node_gather<test_writer> writer{{&seen}, how.nodes_per_writer, how.bytes};
        const auto report = distproc::execute(
            items, of_item, hybrid_executor{{.threads = 2}, MPI_COMM_WORLD, {}, how.group}, writer, quiet);
        const int here = how.writes_here() ? 1 : 0;
        CHECK(seen.opened == here);
        CHECK(seen.finished == here);
        CHECK(seen.closed == here);
        CHECK(seen.writers == (here != 0 ? how.writers() : 0));
        CHECK_FALSE(seen.crowded);
        CHECK(report.items == items.size());
        const distproc::mpi_team ranks(MPI_COMM_WORLD);
        std::size_t written = 0;
        for (const std::string& each : ranks.all_gather(std::to_string(seen.items))) {
            written += std::stoul(each);
        }
        CHECK(written == items.size());
    });
}

TEST_CASE("what is done already is known on all ranks and not computed again") {
    const std::vector<int> items = numbers(1000);
    distproc::index_set known;
    known.insert({10, 200});
    known.insert({999, 1000});
    witness seen;
    const auto report = distproc::execute(items, of_item, mpi_executor<>{},
                                          node_gather<test_writer>{{&seen, fails_in::nothing, 0, known}}, quiet);
    CHECK(report.items == 1000 - known.size());
}

TEST_CASE("a failure of the writer behind, at any stage and on any writing rank, ends the run on all ranks") {
    const std::vector<int> items = numbers(3000);
    for_each_setting([&](const setting& how) {
        for (const fails_in where : {fails_in::open, fails_in::write, fails_in::finish, fails_in::close}) {
            for (std::size_t rank = 0; rank < how.writers(); ++rank) {
                CAPTURE(static_cast<int>(where));
                CAPTURE(rank);
                witness seen;
                const node_gather<test_writer> writer{{&seen, where, rank}, how.nodes_per_writer, how.bytes};
                std::string text;
                try {
                    distproc::execute(items, of_item, mpi_executor<>{.ranks_per_node = how.group}, writer, quiet);
                } catch (const distproc::execution_error& failed) {
                    text = failed.what();
                }
                // A writing rank may have nothing to write where others took all items.
                const bool may_pass = where == fails_in::write && how.writers() > 1;
                const bool told = text.find("told to fail") != std::string::npos;
                CHECK((told || (may_pass && text.empty())));
                CHECK(seen.closed == (how.writes_here() && where != fails_in::open ? 1 : 0));
                CHECK(seen.finished == (how.writes_here() && where != fails_in::open ? 1 : 0));
                for (const std::string& each : distproc::mpi_team(MPI_COMM_WORLD).all_gather(text)) {
                    CHECK(each == text);
                }
            }
        }
    });
}

TEST_CASE("a failure of the compute does not leave anybody waiting for room") {
    const std::vector<int> items = numbers(5000);
    for_each_setting([&](const setting& how) {
        witness seen;
        const node_gather<test_writer> writer{{&seen}, how.nodes_per_writer, how.bytes};
        const auto bad = [](int i) {
            if (i == 2500) {
                throw std::runtime_error("bad item");
            }
            return of_item(i);
        };
        CHECK_THROWS_WITH_AS(distproc::execute(items, bad, mpi_executor<>{.ranks_per_node = how.group}, writer, quiet),
                             doctest::Contains("item 2500"), distproc::execution_error);
    });
}

TEST_CASE("large results travel whole, and one that does not fit is refused with figures") {
    using large = std::array<double, 40'000>; // 320 kB
    const auto compute = [](int i) {
        large result{};
        for (std::size_t k = 0; k < result.size(); ++k) {
            result[k] = i + 1e-7 * static_cast<double>(k);
        }
        return result;
    };
    const std::vector<int> items = numbers(40);
    std::vector<large> results;
    using memory = distproc::memory_writer<std::vector<large>>;
    for (const std::size_t group : {0UL, 1UL, 2UL}) {
        const mpi_executor<> executor{.ranks_per_node = group};
        distproc::execute(items, compute, executor,
                          node_gather<memory>{memory(results), 2, world_size() * std::size_t{1} << 20U}, quiet);
        if (world_rank() == 0) {
            CHECK(results.size() == items.size());
            for (const int i : items) {
                CHECK(std::memcmp(&results[static_cast<std::size_t>(i)], compute(i).data(), sizeof(large)) == 0);
            }
        }
    }
    if (world_size() > 1) {
        CHECK_THROWS_WITH_AS(distproc::execute(items, compute, mpi_executor<>{},
                                               node_gather<memory>{memory(results), 1, 640'000}, quiet),
                             doctest::Contains("one result takes 320000 bytes"), distproc::execution_error);
    }
}

TEST_CASE("the ranks of a node have a buffer of the least size that one of them grants") {
    for (const std::size_t group : {0UL, 1UL, 2UL, 3UL}) {
        const distproc::mpi_team ranks(MPI_COMM_WORLD, group);
        const std::size_t lowest = ranks.rank() - ranks.node_rank();
        CHECK(distproc::detail::find_gather_domain(ranks, 2, 1000 + ranks.rank()).bytes == 1000 + lowest);
        const std::size_t highest = lowest + ranks.node_size() - 1;
        CHECK(distproc::detail::find_gather_domain(ranks, 2, 1000 - ranks.rank()).bytes == 1000 - highest);
    }
}

TEST_CASE("a producer puts no more into the buffer than it holds") {
    const distproc::mpi_team ranks(MPI_COMM_WORLD);
    constexpr std::size_t bytes = 64 * 1024;
    const auto memory = ranks.node_memory(distproc::detail::gather_rings::bytes(ranks.node_size(), bytes));
    const distproc::detail::gather_rings rings(memory.data(), ranks.node_size(), bytes);
    if (ranks.node_rank() == 0) {
        rings.construct();
    }
    ranks.meet([] {});
    auto& ring = rings.ring(ranks.node_rank());
    const std::vector<std::byte> frame(1000);
    std::size_t put = 0;
    while (ring.put(put, 1, frame, rings.bell(), [] { return true; })) { // the leader takes nothing
        ++put;
    }
    CHECK(put == bytes / (1024 + sizeof(distproc::detail::frame_head)));
    ranks.meet([] {});
    if (ranks.node_rank() == 0) { // all frames are there, in order, however they are taken
        for (std::size_t r = 0; r < rings.count(); ++r) {
            std::size_t next = 0;
            for (auto frames = rings.ring(r).frames(3000); !frames.empty(); frames = rings.ring(r).frames(3000)) {
                std::size_t at = 0;
                while (at < frames.size()) {
                    const auto* head = reinterpret_cast<const distproc::detail::frame_head*>(frames.data() + at);
                    CHECK(head->first == next);
                    ++next;
                    at += head->step;
                }
                rings.ring(r).release(frames.size());
            }
            CHECK(next == put);
        }
    }
    ranks.meet([] {});
}

TEST_CASE("names, alias and deduction") {
    std::vector<double> results;
    CHECK(node_gather<test_writer>::name == "node_gather<test>");
    const auto deduced = node_gather{distproc::memory_writer(results), 2};
    CHECK(deduced.nodes_per_writer == 2);
    CHECK(std::is_same_v<distproc::node_gather_writer<test_writer>, node_gather<test_writer>>);
    CHECK(distproc::writer<node_gather<test_writer>, sample, distproc::mpi_team>);
    CHECK(distproc::writer<node_gather<test_writer>, sample>);
}
