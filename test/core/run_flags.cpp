// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/run_flags.hpp>

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using distproc::run_flags;
using distproc::stop_cause;

TEST_CASE("a failure outranks a request, whichever comes first") {
    run_flags flags;
    CHECK(!flags.stopping());
    CHECK(flags.cause() == stop_cause::none);
    flags.request(stop_cause::requested);
    CHECK(flags.stopping());
    CHECK(flags.cause() == stop_cause::requested);
    flags.request(stop_cause::failed);
    CHECK(flags.cause() == stop_cause::failed);
    flags.request(stop_cause::requested);
    flags.request(stop_cause::none);
    CHECK(flags.cause() == stop_cause::failed);
}

TEST_CASE("requests of many threads end with the gravest") {
    for (int round = 0; round < 50; ++round) {
        run_flags flags;
        std::vector<std::thread> threads;
        for (int k = 0; k < 4; ++k) {
            threads.emplace_back([&flags, k] {
                flags.request(k == 2 ? stop_cause::failed : stop_cause::requested);
                flags.items_done.fetch_add(static_cast<std::uint64_t>(k));
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        CHECK(flags.cause() == stop_cause::failed);
        CHECK(flags.items_done.load() == 6);
    }
}
