// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Items that throw, where the run goes on without them or tries them again: against plain loops.
#include "execute/small_runs.hpp"
#include "support/fitted.hpp"
#include <distproc/core/compute.hpp>
#include <distproc/core/context.hpp>
#include <distproc/execute.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/reduce.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace test {

[[nodiscard]] inline bool is_mark(const fitted& one) {
    return std::isnan(one.value) && one.steps == 0 &&
           std::all_of(one.shape.begin(), one.shape.end(), [](float x) { return std::isnan(x); }) &&
           std::isnan(one.phase.real()) && std::isnan(one.phase.imag()) && !one.good;
}
[[nodiscard]] inline bool is_fit(const fitted& one, std::size_t item) {
    const fitted right = fit(item);
    return one.value == right.value && one.steps == right.steps && one.shape == right.shape &&
           one.phase == right.phase && one.good;
}

/// Items that fail: some of `count`, the first and the last among them.
class bad_items {
public:
    explicit bad_items(std::size_t count, unsigned seed) : is_(count) {
        std::mt19937 random(seed);
        for (std::size_t k = 0; k < count; ++k) {
            is_[k] = random() % 11 == 0;
        }
        is_.front() = is_.back() = true;
        for (std::size_t k = 0; k < count; ++k) {
            if (is_[k]) {
                all_.push_back(k);
            }
        }
    }
    [[nodiscard]] bool operator[](std::size_t item) const { return is_[item]; }
    [[nodiscard]] const std::vector<std::size_t>& all() const { return all_; }
    /// Throws something, not always a std::exception, where the item is one of them.
    void play(std::size_t item) const {
        if (!is_[item]) {
            return;
        }
        if (item % 3 == 0) {
            throw static_cast<int>(item);
        }
        if (item % 3 == 1) {
            throw std::bad_alloc();
        }
        throw std::runtime_error("no fit of " + std::to_string(item));
    }

private:
    std::vector<bool> is_;
    std::vector<std::size_t> all_;
};

[[nodiscard]] inline distproc::options skipping(std::size_t retries = 0) {
    distproc::options how = quiet();
    how.errors = {retries, true};
    return how;
}

inline void check_failed(const distproc::report& done, const std::vector<std::size_t>& bad) {
    CHECK(!done.stopped);
    CHECK(done.exit_code() == 0);
    CHECK(done.failed.count == bad.size());
    CHECK(done.failed.items == bad);
    CHECK(done.failed.described.size() == std::min<std::size_t>(bad.size(), 8));
    for (std::size_t k = 0; k < done.failed.described.size(); ++k) {
        const distproc::failure& one = done.failed.described[k];
        CHECK(one.item == bad[k]);
        const std::string text = bad[k] % 3 == 0   ? "an exception of type int"
                                 : bad[k] % 3 == 1 ? "out of memory"
                                                   : "no fit of " + std::to_string(bad[k]);
        CHECK(one.message.starts_with(text));
    }
}

template <class Executor>
void skipped_items(const Executor& on) {
    const auto ranks = on.make_team();
    constexpr unsigned seed = 20261127;
    if (ranks.rank() == 0) {
        MESSAGE("seed " << seed);
    }
    constexpr std::size_t count = 2003;
    std::vector<std::size_t> numbers(count);
    for (std::size_t k = 0; k < count; ++k) {
        numbers[k] = k;
    }
    const bad_items bad(count, seed);
    const auto compute = [&](std::size_t item) {
        bad.play(item);
        return fit(item);
    };

    SUBCASE("marks in place of results") {
        std::vector<fitted> results;
        const auto check = [&](const distproc::report& done) {
            check_failed(done, bad.all());
            for (std::size_t k = 0; ranks.rank() == 0 && k < count; ++k) {
                CAPTURE(k);
                CHECK((bad[k] ? is_mark(results[k]) : is_fit(results[k], k)));
            }
        };
        check(execute(numbers, compute, on, distproc::memory_writer{results}, skipping()));
        results.clear();
        check(execute(numbers, compute, on, distproc::node_gather{distproc::memory_writer{results}}, skipping()));
    }

    SUBCASE("reductions leave them out") {
        std::uint64_t right = 0;
        std::size_t good = 0;
        std::size_t least = count;
        for (std::size_t k = 0; k < count; ++k) {
            right += bad[k] ? 0 : k;
            good += bad[k] ? 0 : 1;
            least = std::min(least, bad[k] ? count : k);
        }
        const auto number = [&](std::size_t item) {
            bad.play(item);
            return static_cast<double>(item);
        };
        distproc::fold<double, std::plus<>> total;
        check_failed(execute(numbers, number, on, distproc::reduce_writer{total}, skipping()), bad.all());
        CHECK(total.value() == static_cast<double>(right)); // exact in any order
        distproc::moments all;
        check_failed(execute(numbers, number, on, distproc::reduce_writer{all}, skipping()), bad.all());
        CHECK(all.count() == good);
        distproc::minimum<double> lowest;
        check_failed(execute(numbers, number, on, distproc::reduce_writer{lowest}, skipping()), bad.all());
        CHECK(lowest.item() == least);
        distproc::sum<double> gathered;
        const auto to = distproc::node_gather{distproc::reduce_writer{gathered}};
        check_failed(execute(numbers, number, on, to, skipping()), bad.all());
        if (ranks.rank() == 0) {
            CHECK(gathered.value() == static_cast<double>(right));
        }
    }

    SUBCASE("none is left") {
        const auto never = [](std::size_t item) -> double {
            throw std::out_of_range("item " + std::to_string(item) + " is out of range");
        };
        std::vector<double> results;
        const distproc::report done = execute(numbers, never, on, distproc::memory_writer{results}, skipping());
        CHECK(done.failed.items == numbers);
        CHECK(done.items == count);
        if (ranks.rank() == 0) {
            CHECK(std::all_of(results.begin(), results.end(), [](double x) { return std::isnan(x); }));
        }
        distproc::maximum<double> highest;
        (void)execute(numbers, never, on, distproc::reduce_writer{highest}, skipping());
        CHECK(highest.empty());
    }

    SUBCASE("cells fail as a whole") {
        std::vector<double> results;
        const auto cells = distproc::cell<7>([&](std::span<const std::size_t> in, std::span<double> out) {
            for (std::size_t k = 0; k < in.size(); ++k) {
                out[k] = static_cast<double>(in[k]);
                if (bad[in[k]]) {
                    throw std::runtime_error("no fit");
                }
            }
        });
        const distproc::report done = execute(numbers, cells, on, distproc::memory_writer{results}, skipping());
        std::vector<std::size_t> in_bad_cells;
        for (std::size_t first = 0; first < count; first += 7) {
            const std::size_t last = std::min(count, first + 7);
            bool fails = false;
            for (std::size_t k = first; k < last; ++k) {
                fails = fails || bad[k];
            }
            for (std::size_t k = first; k < last; ++k) {
                if (fails) {
                    in_bad_cells.push_back(k);
                }
                if (ranks.rank() == 0) {
                    CHECK((fails ? std::isnan(results[k]) : results[k] == static_cast<double>(k)));
                }
            }
        }
        CHECK(done.failed.items == in_bad_cells);
    }

    SUBCASE("arrays and lists") {
        std::vector<float> rows;
        const auto arrays = distproc::arrays({5}, [&](const std::size_t& item, std::span<float> row) {
            std::fill(row.begin(), row.end(), static_cast<float>(item));
            bad.play(item);
        });
        check_failed(execute(numbers, arrays, on, distproc::memory_writer{rows}, skipping()), bad.all());
        std::vector<std::vector<int>> lists;
        const auto varying = [&](std::size_t item) {
            bad.play(item);
            return std::vector<int>(1 + item % 4, static_cast<int>(item));
        };
        check_failed(execute(numbers, varying, on, distproc::memory_writer{lists}, skipping()), bad.all());
        for (std::size_t k = 0; ranks.rank() == 0 && k < count; ++k) {
            CAPTURE(k);
            for (std::size_t c = 0; c < 5; ++c) {
                const float x = rows[5 * k + c];
                CHECK((bad[k] ? std::isnan(x) : x == static_cast<float>(k)));
            }
            CHECK(lists[k] == (bad[k] ? std::vector<int>() : std::vector<int>(1 + k % 4, static_cast<int>(k))));
        }
    }

    SUBCASE("tried again") {
        const auto second_chance = [&](std::size_t item, distproc::context& here) {
            if (here.attempt() < (bad[item] ? 2U : 0U)) {
                throw std::runtime_error("no fit of " + std::to_string(item) + " yet");
            }
            return static_cast<double>(here.attempt()) + here.random().uniform();
        };
        std::vector<double> results;
        distproc::options how = quiet();
        how.errors.retries = 2;
        const distproc::report done = execute(numbers, second_chance, on, distproc::memory_writer{results}, how);
        CHECK(done.failed.empty());
        for (std::size_t k = 0; ranks.rank() == 0 && k < count; ++k) {
            CHECK(std::floor(results[k]) == (bad[k] ? 2 : 0)); // the attempts of the item before do not count
        }
        how.errors.retries = 1;
        CHECK_THROWS_AS((void)execute(numbers, second_chance, on, distproc::memory_writer{results}, how),
                        distproc::execution_error);
        const distproc::report skipped =
            execute(numbers, second_chance, on, distproc::memory_writer{results}, skipping(1));
        CHECK(skipped.failed.items == bad.all());
    }

    SUBCASE("items that take too long") {
        const auto slow = [](std::size_t item) { return item % 700 == 7; };
        std::vector<std::size_t> slow_ones;
        for (std::size_t k = 0; k < count; ++k) {
            if (slow(k)) {
                slow_ones.push_back(k);
            }
        }
        const auto patient = [&](std::size_t item, distproc::context& here) {
            const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(slow(item) ? 30 : 0);
            while (std::chrono::steady_clock::now() < end && !here.stop_requested()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1)); // the item's own time
            }
            if (slow(item) && item % 2 == 0) {
                throw std::runtime_error("gave up");
            }
            return static_cast<double>(item);
        };
        std::vector<double> results;
        distproc::options how = skipping(1);
        how.item_timeout = 0.4;
        const distproc::report done = execute(numbers, patient, on, distproc::memory_writer{results}, how);
        CHECK(done.failed.items == slow_ones);
        for (const distproc::failure& one : done.failed.described) {
            CHECK(one.message == (one.item % 2 == 0 ? "gave up" : "it took longer than options::item_timeout"));
        }
        for (std::size_t k = 0; ranks.rank() == 0 && k < count; ++k) {
            CHECK((slow(k) ? std::isnan(results[k]) : results[k] == static_cast<double>(k)));
        }
        how.errors = {};
        CHECK_THROWS_AS((void)execute(numbers, patient, on, distproc::memory_writer{results}, how),
                        distproc::execution_error);
        how.item_timeout = -1;
        CHECK_THROWS_WITH_AS((void)execute(numbers, patient, on, distproc::memory_writer{results}, how),
                             doctest::Contains("options::item_timeout is -1"), distproc::execution_error);
    }

    SUBCASE("ranks that were told different things") {
        if (ranks.size() > 1) {
            std::vector<fitted> results;
            distproc::options how = quiet();
            how.errors.skip = ranks.rank() == 0;
            std::string text;
            try {
                (void)execute(numbers, compute, on, distproc::memory_writer{results}, how);
            } catch (const distproc::execution_error& e) {
                text = e.message();
            }
            CHECK(text.find(", failed items skipped, the writer memory; give every rank the same") !=
                  std::string::npos);
        }
    }
}

} // namespace test
