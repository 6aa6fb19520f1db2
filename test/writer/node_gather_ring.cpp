// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The rings and the thread that empties them, with threads in place of ranks.
#include <distproc/core/team.hpp>
#include <distproc/writer/node_gather/drain.hpp>
#include <distproc/writer/node_gather/layout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using distproc::detail::gather_rings;

namespace {

/// Sums what comes, and throws from an item on.
struct summing_session {
    std::size_t fails_from = static_cast<std::size_t>(-1);
    std::vector<int> seen = std::vector<int>(100'000, 0);
    void write(std::size_t first, std::span<const double> results) {
        for (const double result : results) {
            if (first >= fails_from) {
                throw std::runtime_error("full");
            }
            seen.at(first) += result == static_cast<double>(first) ? 1 : 1000;
            ++first;
        }
    }
};

using drain = distproc::detail::gather_drain<double, summing_session, distproc::solo_team>;

/// Three producers, 30,000 items each in frames of 1 to 50.
void produce(const gather_rings& rings, const distproc::run_flags& flags) {
    std::vector<std::thread> producers;
    for (std::size_t p = 0; p < 3; ++p) {
        producers.emplace_back([&rings, &flags, p] {
            std::vector<double> results;
            const std::size_t end = (p + 1) * 30'000;
            std::size_t first = p * 30'000;
            for (std::size_t length = 1; first < end; length = length % 50 + 1) {
                results.resize(std::min(length, end - first));
                std::iota(results.begin(), results.end(), static_cast<double>(first));
                const auto failed = [&] { return flags.cause() == distproc::stop_cause::failed; };
                if (!rings.ring(p).put(first, results.size(), std::as_bytes(std::span(results)), rings.bell(),
                                       failed)) {
                    break;
                }
                first += results.size();
            }
            rings.ring(p).finish(rings.bell());
        });
    }
    for (std::thread& each : producers) {
        each.join();
    }
}

} // namespace

TEST_CASE("everything arrives once, through rings of any size") {
    for (const std::size_t bytes : {1024UL, 4096UL, 1UL << 20U}) {
        const auto memory = distproc::solo_team::node_memory(gather_rings::bytes(3, bytes));
        const gather_rings rings(memory.data(), 3, bytes);
        rings.construct();
        summing_session session;
        distproc::run_flags flags;
        drain thread(distproc::solo_team{}, rings, &session, {}, 1);
        thread.watch(flags);
        produce(rings, flags);
        CHECK(thread.join() == nullptr);
        CHECK(std::vector<int>(session.seen.begin(), session.seen.begin() + 90'000) == std::vector<int>(90'000, 1));
        CHECK_FALSE(flags.stopping());
    }
}

TEST_CASE("after an error the rings are still emptied, and the flags say so") {
    const auto memory = distproc::solo_team::node_memory(gather_rings::bytes(3, 1024));
    const gather_rings rings(memory.data(), 3, 1024);
    rings.construct();
    summing_session session;
    session.fails_from = 100;
    distproc::run_flags flags;
    drain thread(distproc::solo_team{}, rings, &session, {}, 1);
    thread.watch(flags);
    produce(rings, flags);
    const std::exception_ptr problem = thread.join();
    REQUIRE(problem != nullptr);
    CHECK_THROWS_WITH(std::rethrow_exception(problem), "full");
    CHECK(flags.cause() == distproc::stop_cause::failed);
}

TEST_CASE("a drain that nobody joins ends all the same") {
    const auto memory = distproc::solo_team::node_memory(gather_rings::bytes(1, 1024));
    const gather_rings rings(memory.data(), 1, 1024);
    rings.construct();
    summing_session session;
    const drain thread(distproc::solo_team{}, rings, &session, {}, 1);
}

TEST_CASE("frames leave room for one more in any place of the ring") {
    using distproc::detail::gather_ring;
    CHECK(gather_ring::most_in_frame(128, 100) == 0);
    CHECK(gather_ring::most_in_frame(256, 64) == 1);
    CHECK(gather_ring::most_in_frame(1U << 20U, 8) == ((1U << 18U) - 64) / 8);
    CHECK(gather_ring::most_in_frame(std::size_t{1} << 30U, 1) == (std::size_t{4} << 20U) - 64);
    CHECK_THROWS_WITH(distproc::detail::gather_ring_bytes(1000, 4, 500),
                      doctest::Contains("raise buffer_bytes to at least 4608"));
    CHECK(distproc::detail::gather_ring_bytes(4608, 4, 500) == 1152);
}
