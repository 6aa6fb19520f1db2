// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/monitor.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>

using distproc::monitor;
using distproc::monitor_entry;

TEST_CASE("a stopwatch counts the time of its scope, between two readings of the same clock") {
    monitor times;
    const auto outside = std::chrono::steady_clock::now();
    double inside = 0;
    {
        const auto timed = times.measure("fft");
        const auto start = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() - start < std::chrono::microseconds(200)) {
        }
        inside = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    const double all = std::chrono::duration<double>(std::chrono::steady_clock::now() - outside).count();
    REQUIRE(times.entries().size() == 1);
    CHECK(times.entries()[0].name == "fft");
    CHECK(times.entries()[0].count == 1);
    CHECK(times.entries()[0].seconds >= inside);
    CHECK(times.entries()[0].seconds <= all);
}

TEST_CASE("an exception ends a measurement too, and measurements may be nested") {
    monitor times;
    CHECK(times.empty());
    try {
        const auto outer = times.measure("outer");
        for (int k = 0; k < 3; ++k) {
            const auto inner = times.measure("inner");
        }
        throw std::runtime_error("stop");
    } catch (const std::runtime_error&) {
    }
    const auto entries = times.entries();
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].name == "inner");
    CHECK(entries[0].count == 3);
    CHECK(entries[1].name == "outer");
    CHECK(entries[1].count == 1);
    CHECK(entries[1].seconds >= entries[0].seconds);
}

TEST_CASE("sums of several workers, ordered by name") {
    monitor a;
    monitor b;
    a.add("read", 1.5, 2);
    a.add("fit", 0.25);
    b.add("read", 0.5);
    b.add("a name, with spaces\n", 4, 7);
    a.merge(b);
    a.merge(monitor());
    CHECK(a.entries() == std::vector<monitor_entry>{{"a name, with spaces\n", 7, 4}, {"fit", 1, 0.25}, {"read", 3, 2}});
}

TEST_CASE("a monitor goes through a message unchanged") {
    monitor times;
    times.add("", 0.1, 3);
    times.add("3 1 2 x", 1e-300, 1);
    times.add("fft", 1.0 / 3, ~std::uint64_t{0});
    CHECK(monitor::from_message(times.to_message()).entries() == times.entries());
    CHECK(monitor::from_message("").empty());
    CHECK(monitor().to_message().empty());
    for (const char* text : {"x", "1", "1 2", "1 2 3", "1 2 3 ", "1 2 9 abc", "1 x 1 a", "-1 2 1 a"}) {
        CAPTURE(text);
        CHECK_THROWS_AS((void)monitor::from_message(text), distproc::error);
    }
}
