// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: an executor that is no part of the library, a pool of std::jthread, and the check that it keeps the contract.
// Run:   ./out_of_tree_executor
// Prints what is wrong, if anything, and "0 findings".
#include <distproc/conformance/executor.hpp>
#include <distproc/distproc.hpp>

#include <cstddef>
#include <iostream>
#include <string_view>
#include <thread>
#include <vector>

struct pool_executor {
    static constexpr std::string_view name = "pool";
    static constexpr bool overlaps = true; // reading and writing get a thread of their own
    using environment = distproc::solo_environment;

    std::size_t threads = 3;

    distproc::solo_team make_team() const { return {}; }
    std::size_t width(const distproc::team auto&) const { return threads; }
    distproc::local_supply supply(const distproc::solo_team&, std::size_t workers, std::size_t granules) const {
        return {granules, workers};
    }
    template <class Body>
    void run(std::size_t width, Body&& body) const {
        std::vector<std::jthread> pool;
        for (std::size_t worker = 0; worker < width; ++worker) {
            pool.emplace_back([&body, worker] { body(worker); });
        }
    } // joins
};

static_assert(distproc::executor<pool_executor>);

int main() {
    const auto findings = distproc::conformance::check_executor(pool_executor{});
    for (const auto& sentence : findings) {
        std::cout << sentence << '\n';
    }
    std::cout << findings.size() << " findings\n";
    return findings.empty() ? 0 : 1;
}
