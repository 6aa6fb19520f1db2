// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// DISTPROC_ITEM and DISTPROC_DRY_RUN. What they print is tested in test/run.
#include "core/scoped_environment.hpp"
#include <distproc/distproc.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace {

distproc::report run(std::vector<int>& calls, std::vector<double>& results) {
    const std::vector<double> numbers(50, 2.0);
    return execute(
        numbers,
        [&](double x, distproc::context& here) {
            calls.push_back(static_cast<int>(here.item()));
            if (here.item() == 13) {
                throw distproc::error("13 brings no luck");
            }
            return 2 * x;
        },
        distproc::serial_executor{}, distproc::memory_writer{results});
}

} // namespace

TEST_CASE("one item is computed and nothing is written") {
    const distproc::test::scoped_environment one("DISTPROC_ITEM", "17");
    std::vector<int> calls;
    std::vector<double> results(3, -1);
    const auto report = run(calls, results);
    CHECK(calls == std::vector<int>{17});
    CHECK(results == std::vector<double>(3, -1));
    CHECK(report.trial);
    CHECK(report.items == 1);
    CHECK(report.items_total == 50);
    CHECK(report.exit_code() == 0);
}

TEST_CASE("one item in its cell") {
    const distproc::test::scoped_environment one("DISTPROC_ITEM", "9");
    const std::vector<double> numbers(10, 2.0);
    std::vector<double> results;
    std::size_t length = 0;
    const auto compute = distproc::cell<4>([&length](std::span<const double> in, std::span<double> out) {
        length = in.size();
        for (std::size_t k = 0; k < in.size(); ++k) {
            out[k] = in[k];
        }
    });
    (void)execute(numbers, compute, distproc::serial_executor{}, distproc::memory_writer{results});
    CHECK(length == 2); // the last cell is short
}

TEST_CASE("what goes wrong with one item is told") {
    std::vector<int> calls;
    std::vector<double> results;
    const auto said = [&](const char* item) -> std::string {
        const distproc::test::scoped_environment one("DISTPROC_ITEM", item);
        try {
            (void)run(calls, results);
        } catch (const distproc::execution_error& e) {
            return e.message();
        }
        return "nothing";
    };
    CHECK(said("13") == "13 brings no luck");
    CHECK(said("50") == "DISTPROC_ITEM=50 names no item: the source has 50, numbered from 0");
    CHECK(said("seven").find("DISTPROC_ITEM='seven'") == 0);
    CHECK(said("12") == "nothing");
}

TEST_CASE("a dry run computes nothing and leaves the container alone") {
    const distproc::test::scoped_environment dry("DISTPROC_DRY_RUN", "1");
    std::vector<int> calls;
    std::vector<double> results(3, -1);
    const auto report = run(calls, results);
    CHECK(calls.empty());
    CHECK(results == std::vector<double>(3, -1));
    CHECK(report.trial);
    CHECK(report.items == 0);
    CHECK(report.exit_code() == 0);
}
