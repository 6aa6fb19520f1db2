// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// A source whose reads a test watches, and a writer whose writes it watches.
#include "flow/hooks.hpp"
#include <distproc/execute.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// Item k is the number k, in so many bytes of staging that a few thousand are many blocks. Each read is
/// `what->read(first, count, bring)`, which calls `bring()` to bring the items; `what->many_read` says whether many
/// threads may read at once.
template <class Watch, bool BesideWrites>
struct staged_numbers {
    static constexpr std::size_t bytes = 1000; ///< of an item
    Watch* what;
    std::size_t count;

    struct opened {
        using item = double;
        static constexpr bool reads_beside_writes = BesideWrites;
        Watch* what;
        std::size_t count;

        [[nodiscard]] distproc::shape items() const { return {count}; }
        [[nodiscard]] static std::size_t staging_bytes(std::size_t capacity) { return bytes * capacity; }
        [[nodiscard]] static std::string description() { return "numbers"; }
        [[nodiscard]] static std::vector<std::string> files() { return {}; }
        [[nodiscard]] bool concurrent_reads() const { return what->many_read; }
        std::size_t read(std::size_t first, std::size_t n, const distproc::staging& s, std::size_t slot) const {
            what->read(first, n, [&] {
                for (std::size_t k = 0; k < n; ++k) {
                    const auto value = static_cast<double>(first + k);
                    std::memcpy(s.data + (slot + k) * bytes, &value, sizeof value);
                }
            });
            return n * bytes;
        }
        [[nodiscard]] item at(std::size_t, const distproc::staging& s, std::size_t slot) const {
            double value = 0;
            std::memcpy(&value, s.data + slot * bytes, sizeof value);
            return value;
        }
    };
    [[nodiscard]] opened open() const { return {what, count}; }
};

/// Each write is `what->write(first, results)`, by one thread at a time.
template <class Watch>
struct watched_numbers {
    static constexpr std::string_view name = "watched";
    Watch* what;

    struct session {
        static constexpr bool concurrent = false;
        Watch* what;

        [[nodiscard]] static distproc::index_set done() { return {}; }
        void write(std::size_t first, std::span<const double> results) { what->write(first, results); }
        static void finish() {}
        static void close(distproc::outcome) {}
        [[nodiscard]] static distproc::traffic moved() { return {}; }
        [[nodiscard]] static std::string description() { return "watched"; }
    };
    template <class Result, class Team>
    [[nodiscard]] session open(const distproc::plan&, const Team&) const {
        return {what};
    }
};

/// Adds 1 to each of so many numbers, in so many workers beside lanes, and checks `what.results`; counts them in
/// `what.computed`, if there is one. Returns the error.
template <bool BesideWrites, class Watch>
std::string add_one(Watch& what, std::size_t count, std::size_t workers, std::size_t memory_bytes,
                    double compute_seconds = 0) {
    hooks executor;
    executor.workers = workers;
    distproc::options how;
    how.show = distproc::progress::off;
    how.memory_bytes = memory_bytes;
    const auto compute = [&](double x) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(compute_seconds);
        while (std::chrono::steady_clock::now() < end) {
        }
        if constexpr (requires { what.computed; }) {
            ++what.computed;
        }
        return x + 1;
    };
    try {
        const auto report = distproc::execute(staged_numbers<Watch, BesideWrites>{&what, count}, compute,
                                              hooked_executor<true>{&executor}, watched_numbers<Watch>{&what}, how);
        CHECK(report.items == count);
        CHECK(report.bytes_read == count * staged_numbers<Watch, BesideWrites>::bytes);
        for (std::size_t k = 0; k < count; ++k) {
            REQUIRE(what.results[k] == static_cast<double>(k + 1));
        }
        return "";
    } catch (const distproc::execution_error& e) {
        return e.what();
    }
}

} // namespace test
