// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/options.hpp>
#include <distproc/flow/worker.hpp>
#include <distproc/source/range.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <span>
#include <vector>

using distproc::index_range;
using distproc::staging;

namespace {

/// Looks at the addresses of a cell and notes its extent.
struct cell_compute {
    static constexpr std::size_t cell_size = 7;
    using result_type = double;
    std::vector<index_range>* cells;
    const double* base;
    bool* aligned;

    void operator()(std::span<const double> items, std::span<double> results) const {
        *aligned = *aligned && distproc::is_aligned(items.data()) && distproc::is_aligned(results.data()) &&
                   items.size() == results.size();
        const auto first = static_cast<std::size_t>(items[0]);
        cells->push_back({first, first + items.size()});
        for (std::size_t k = 0; k < items.size(); ++k) {
            results[k] = 2 * items[k];
        }
    }
};

const distproc::result_layout one_number = distproc::describe<double>();
const distproc::error_policy stop_at_errors;
distproc::failure_log skipped(0, 0);

} // namespace

TEST_CASE("cells are whole, begin at multiples of their length, and lie at aligned addresses") {
    std::vector<double> numbers(61);
    for (std::size_t k = 0; k < numbers.size(); ++k) {
        numbers[k] = static_cast<double>(k);
    }
    const auto source = distproc::range_source(numbers).open();
    std::vector<index_range> cells;
    bool aligned = true;
    const cell_compute compute{&cells, numbers.data(), &aligned};
    const distproc::run_flags flags;
    for (const std::size_t between_checks : {1U, 7U, 8U, 100U}) {
        cells.clear();
        distproc::detail::worker work(source, compute, flags, 1, one_number, stop_at_errors, skipped);
        std::vector<double> results(61, -1);
        CHECK(work({0, 61}, staging{}, 0, results.data(), between_checks) == 61);
        CHECK(aligned);
        REQUIRE(cells.size() == 9);
        for (std::size_t c = 0; c < 9; ++c) {
            CHECK(cells[c] == index_range{c * 7, c == 8 ? 61 : c * 7 + 7});
        }
        for (std::size_t k = 0; k < 61; ++k) {
            CHECK(results[k] == 2.0 * static_cast<double>(k));
        }
    }
}

TEST_CASE("a worker stops between items when it is told to") {
    std::vector<int> numbers(100, 1);
    const auto source = distproc::range_source(numbers).open();
    distproc::run_flags flags;
    int calls = 0;
    const auto compute = [&](int x) {
        if (++calls == 12) {
            flags.request(distproc::stop_cause::requested);
        }
        return x;
    };
    distproc::detail::worker work(source, compute, flags, 1, one_number, stop_at_errors, skipped);
    std::vector<int> results(100);
    CHECK(work({0, 100}, staging{}, 0, results.data(), 5) == 15); // looks every 5 items
    CHECK(work({15, 100}, staging{}, 15, results.data(), 5) == 0);
    CHECK(calls == 15);
}

TEST_CASE("the failed item is known, also inside a cell") {
    std::vector<int> numbers(30);
    for (int k = 0; k < 30; ++k) {
        numbers[static_cast<std::size_t>(k)] = k;
    }
    const auto source = distproc::range_source(numbers).open();
    const distproc::run_flags flags;
    std::vector<int> results(30);
    const auto fails = [](int x) {
        if (x == 17) {
            throw 1;
        }
        return x;
    };
    distproc::detail::worker by_item(source, fails, flags, 1, one_number, stop_at_errors, skipped);
    CHECK(by_item({3, 30}, staging{}, 0, results.data(), 100) == 14);
    CHECK_THROWS_AS(std::rethrow_exception(by_item.failure()), int);
    CHECK(by_item.failed_item() == 17);
    CHECK(results[13] == 16); // what came before is there

    const auto fails_in_cell = distproc::cell<4>([](std::span<const int> items, std::span<int> out) {
        if (items[0] == 16) {
            throw 1;
        }
        out[0] = 0;
    });
    distproc::detail::worker by_cell(source, fails_in_cell, flags, 1, one_number, stop_at_errors, skipped);
    CHECK(by_cell({0, 30}, staging{}, 0, results.data(), 100) == 16);
    CHECK_THROWS_AS(std::rethrow_exception(by_cell.failure()), int);
    CHECK(by_cell.failed_item() == 16); // the first of its cell
}

TEST_CASE("a compute that is not const is copied for each worker, another is shared") {
    static std::atomic<int> copies = 0;
    struct counted {
        counted() = default;
        counted(const counted&) { ++copies; }
        counted& operator=(const counted&) = delete;
    };
    struct shared : counted {
        int operator()(int x) const { return x; }
    };
    struct own : counted {
        int operator()(int x) { return x; }
    };
    std::vector<int> numbers(3);
    const auto source = distproc::range_source(numbers).open();
    const distproc::run_flags flags;
    const shared one;
    const own other;
    {
        const distproc::detail::worker a(source, one, flags, 1, one_number, stop_at_errors, skipped),
            b(source, one, flags, 1, one_number, stop_at_errors, skipped);
    }
    CHECK(copies == 0);
    {
        const distproc::detail::worker a(source, other, flags, 1, one_number, stop_at_errors, skipped),
            b(source, other, flags, 1, one_number, stop_at_errors, skipped);
    }
    CHECK(copies == 2);
}
