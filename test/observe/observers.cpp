// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/distproc.hpp>
#include <distproc/executor/tbb.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct events {
    std::mutex mutex;
    int starts = 0, ends = 0;
    distproc::run_start start;
    std::string compute;
    std::size_t items = 0, ended_with = 0, most_done = 0, widest = 0;

    void started(const distproc::run_start& s) {
        ++starts;
        start = s;
        compute = s.what->compute;
        CHECK(s.what->grid.item_count() == 3000);
    }
    void computed(const distproc::block_event& block) {
        const std::scoped_lock lock(mutex);
        items += block.items;
        most_done = std::max(most_done, block.items_done);
        widest = std::max(widest, block.worker + 1);
    }
    void waiting(std::size_t) {}
    void ended(std::size_t items_done) {
        ++ends;
        ended_with = items_done;
    }
};

struct named_compute {
    static constexpr std::string_view name = "halves";
    double operator()(double x, distproc::context& here) const {
        const auto timed = here.timings().measure("halving");
        return x / 2;
    }
};

distproc::options quiet() {
    distproc::options how;
    how.show = distproc::progress::off;
    how.block_seconds = 1e-4;
    return how;
}

template <class Executor>
void observe(const Executor& on, std::size_t workers) {
    const std::vector<double> numbers(3000, 1.0);
    events first, second;
    std::vector<double> results;
    const auto report = execute(numbers, named_compute{}, on, distproc::memory_writer{results}, quiet(), first, second);
    for (const events* seen : {&first, &second}) {
        CHECK(seen->starts == 1);
        CHECK(seen->ends == 1);
        CHECK(seen->items == 3000);
        CHECK(seen->ended_with == 3000);
        CHECK(seen->most_done == 3000);
        CHECK(seen->widest <= workers);
        CHECK(seen->start.items == 3000);
        CHECK(seen->start.workers == workers);
        CHECK(seen->compute == "halves");
    }
    REQUIRE(report.timings.size() == 1);
    CHECK(report.timings[0].name == "halving");
    CHECK(report.timings[0].count == 3000);
    CHECK(report.workers == workers);
    CHECK(report.blocks >= 1);
    CHECK(report.peak_memory > 0);
    CHECK(report.seconds > 0);
    CHECK(report.imbalance >= 1);
    CHECK_FALSE(report.cpu.empty());
    CHECK(report.source == "range of 3000 items in memory");
    CHECK(report.output == "memory: 3000 results of 8 bytes on rank 0");
}

} // namespace

TEST_CASE("observers see every block, the report every figure") {
    SUBCASE("serial") { observe(distproc::serial_executor{}, 1); }
    SUBCASE("tbb") { observe(distproc::tbb_executor{3}, 3); }
}

TEST_CASE("an observer hears of the end of a run that fails") {
    const std::vector<double> numbers(3000, 1.0);
    events seen;
    CHECK_THROWS_AS((void)execute(
                        numbers,
                        [](double x) {
                            if (x == 1.0) {
                                throw distproc::error("none will do");
                            }
                            return x;
                        },
                        distproc::serial_executor{}, distproc::null_writer{}, quiet(), seen),
                    distproc::execution_error);
    CHECK(seen.starts == 1);
    CHECK(seen.ends == 1);
    CHECK(seen.ended_with == 0);
}
