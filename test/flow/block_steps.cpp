// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include <distproc/distproc.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <numeric>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

const distproc::options quiet{.show = distproc::progress::off};

std::vector<std::size_t> numbers(std::size_t count) {
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
}

/// Notes which items were written; `Concurrent` as in the session contract, `grain` as chunks have it.
template <bool Concurrent>
struct noting_writer {
    static constexpr std::string_view name = "noting";
    std::vector<std::size_t>* written;
    distproc::shape box{1};

    struct session {
        static constexpr bool concurrent = Concurrent;
        std::vector<std::size_t>* written;
        [[nodiscard]] static distproc::index_set done() { return {}; }
        void write(std::size_t first, std::span<const std::size_t> results) const {
            for (std::size_t k = 0; k < results.size(); ++k) {
                CHECK(results[k] == first + k);
                written->push_back(first + k);
            }
        }
        static void finish() {}
        static void close(distproc::outcome) {}
        [[nodiscard]] static distproc::traffic moved() { return {}; }
        [[nodiscard]] static std::string description() { return "notes"; }
    };

    [[nodiscard]] distproc::shape grain(const distproc::result_layout&, const distproc::shape&) const { return box; }
    template <class Result>
    [[nodiscard]] session open(const distproc::plan&, const auto&) const {
        return {written};
    }
};

} // namespace

TEST_CASE_TEMPLATE("what was computed before an item that throws is written", Writer, noting_writer<false>,
                   noting_writer<true>) {
    std::vector<std::size_t> written;
    const auto fails_at_900 = [](std::size_t k) {
        if (k == 900) {
            throw std::runtime_error("no");
        }
        return k;
    };
    std::string text;
    try {
        distproc::execute(numbers(2000), fails_at_900, distproc::serial_executor{}, Writer{&written}, quiet);
    } catch (const distproc::execution_error& e) {
        CHECK(e.item() == 900);
        text = e.message();
    }
    CHECK(text == "no");
    CHECK(written == numbers(900));
}

TEST_CASE("a stop is seen soon, also where costly items follow very quick ones") {
    std::stop_source stop;
    distproc::options how = quiet;
    how.stop = stop.get_token();
    constexpr std::size_t quick = 3'000'000;
    std::atomic<std::size_t> after = 0;
    const auto compute = [&](std::size_t k) {
        if (k >= quick) { // would be a long fit
            stop.request_stop();
            ++after;
        }
        return k;
    };
    const auto report =
        distproc::execute(numbers(2 * quick), compute, distproc::serial_executor{}, distproc::null_writer{}, how);
    CHECK(report.stopped);
    CHECK(after <= 256);
    CHECK(report.items <= quick + 256);
}

TEST_CASE("a cell that would be cut by the writer's grain is refused") {
    std::vector<std::size_t> written;
    const auto copy = distproc::cell<4>([](std::span<const std::size_t> in, std::span<std::size_t> out) {
        std::copy(in.begin(), in.end(), out.begin());
    });
    const auto items = numbers(100);
    const auto run = [&](distproc::shape box) {
        distproc::execute(distproc::range_source{items, {5, 20}}, copy, distproc::serial_executor{},
                          noting_writer<false>{&written, std::move(box)}, quiet);
    };
    CHECK_THROWS_WITH_AS(run({3, 5}), doctest::Contains("does not fit a writer that takes boxes of 3 x 5 of 5 x 20"),
                         distproc::execution_error);
    run({3, 8});
    std::sort(written.begin(), written.end());
    CHECK(written == items);
}

TEST_CASE("waiting is what workers neither compute nor read nor write") {
    std::vector<std::size_t> written;
    const auto report = distproc::execute(
        numbers(1000), [](std::size_t k) { return k; }, distproc::serial_executor{}, noting_writer<false>{&written},
        quiet);
    const double busy = report.reading.mean + report.computing.mean + report.writing.mean;
    CHECK(busy + report.waiting.mean <= report.seconds);
    CHECK(report.computing.mean > 0);
}
