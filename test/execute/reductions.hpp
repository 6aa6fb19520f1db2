// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Reductions on one executor: against plain loops that follow the documented tree, bit for bit.
#include "conformance/no_findings.hpp"
#include "execute/small_runs.hpp"
#include <distproc/algorithm/for_each.hpp>
#include <distproc/algorithm/reduce.hpp>
#include <distproc/algorithm/transform.hpp>
#include <distproc/conformance/writer.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/reduce.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

namespace test {

inline double rough(int x) { return std::sin(static_cast<double>(x)) * 1e3 / (x % 17 + 1); }

/// The documented tree over granules of so many items: split at the largest power of two.
template <class Accumulator>
Accumulator by_tree(const std::vector<double>& values, std::size_t granule, std::size_t first, std::size_t count) {
    Accumulator all;
    if (count == 1) {
        const std::size_t last = std::min(values.size(), (first + 1) * granule);
        for (std::size_t item = first * granule; item < last; ++item) {
            all.add(values[item], item);
        }
        return all;
    }
    std::size_t left = 1;
    while (2 * left < count) {
        left *= 2;
    }
    all = by_tree<Accumulator>(values, granule, first, left);
    all.merge(by_tree<Accumulator>(values, granule, first + left, count - left));
    return all;
}

/// `cell`: granules are rounded up to whole cells.
template <class Accumulator>
Accumulator documented(const std::vector<double>& values, std::size_t cell = 1) {
    const std::size_t granule = std::clamp<std::size_t>((values.size() + 16383) / 16384, 1, 8192);
    const std::size_t whole = (granule + cell - 1) / cell * cell;
    return by_tree<Accumulator>(values, whole, 0, (values.size() + whole - 1) / whole);
}

/// `sum` as it is documented, by hand: eight lanes in each granule.
struct eight_lanes {
    std::array<double, 8> lanes{};
    std::size_t count = 0;
    void add(double value, std::size_t) { lanes[count++ % 8] += value; }
    void merge(const eight_lanes& later) {
        for (std::size_t k = 0; k < 8; ++k) {
            lanes[k] += later.lanes[k];
        }
    }
    [[nodiscard]] double value() const {
        const auto& l = lanes;
        return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
    }
};

/// Mean and sum of squared distances by their formulas, see `moments`.
struct welford {
    double count = 0, mean = 0, squares = 0;
    void add(double value, std::size_t) {
        count += 1;
        const double before = value - mean;
        mean += before / count;
        squares += before * (value - mean);
    }
    void merge(const welford& later) {
        const double apart = later.mean - mean;
        mean += apart * (later.count / (count + later.count));
        squares += later.squares + apart * apart * (count * (later.count / (count + later.count)));
        count += later.count;
    }
};

/// Everything at once, so that one run checks all.
struct statistics {
    distproc::sum<double> total;
    distproc::minimum<double> low;
    distproc::maximum<double> high;
    distproc::moments all;
    distproc::histogram bins{-1000, 1000, 50};

    void add(double result, std::size_t item) {
        total.add(std::span<const double>(&result, 1), item);
        low.add(result, item);
        high.add(result, item);
        all.add(result);
        bins.add(result);
    }
    void merge(const statistics& later) {
        total.merge(later.total);
        low.merge(later.low);
        high.merge(later.high);
        all.merge(later.all);
        bins.merge(later.bins);
    }
    void clear() { *this = {}; }
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& total& low& high& all& bins;
    }
};

template <class Executor>
void sums(const Executor& on) {
    for (const std::size_t count : {0U, 1U, 2U, 91U, 5000U, 70000U, 2000003U}) { // the last: 123 items for a granule
        CAPTURE(count);
        const auto numbers = first_numbers(count);
        statistics found;
        for (int time = 0; time < 2; ++time) { // the second run begins anew
            const auto report = execute(numbers, rough, on, distproc::reduce_writer{found}, quiet());
            CHECK(report.items == count);
            CHECK(report.writer == "reduce");
        }
        CHECK(found.total.count() == count);
        CHECK(found.bins.counts().size() == 50);
        if (count == 0) {
            CHECK(found.total.value() == 0);
            CHECK(found.low.empty());
            continue;
        }
        std::vector<double> values(count);
        std::transform(numbers.begin(), numbers.end(), values.begin(), rough);
        const auto low = std::min_element(values.begin(), values.end());
        const auto high = std::max_element(values.begin(), values.end());
        const auto expected = documented<welford>(values);
        CHECK(found.total.value() == documented<eight_lanes>(values).value());
        CHECK(found.all.count() == count);
        CHECK(found.all.mean() == expected.mean);
        CHECK(found.all.variance() == expected.squares / expected.count);
        CHECK(found.low.value() == *low);
        CHECK(found.low.item() == static_cast<std::size_t>(low - values.begin()));
        CHECK(found.high.item() == static_cast<std::size_t>(high - values.begin()));
        std::array<double, 51> edges{};
        for (std::size_t b = 0; b < edges.size(); ++b) {
            edges[b] = -1000 + 40.0 * static_cast<double>(b);
        }
        std::array<std::size_t, 50> bins{};
        for (const double v : values) {
            const auto above = std::upper_bound(edges.begin(), edges.end(), v) - edges.begin();
            if (above > 0 && above < 51) { // a bin holds its lower edge
                ++bins[static_cast<std::size_t>(above - 1)];
            }
        }
        for (std::size_t b = 0; b < bins.size(); ++b) {
            CHECK(found.bins.counts()[b] == bins[b]);
        }
        distproc::sum<double> alone; // gets whole spans
        (void)execute(numbers, rough, on, distproc::reduce_writer{alone}, quiet());
        CHECK(alone.value() == found.total.value());
        (void)execute(numbers, distproc::cell<16>([](std::span<const int> in, std::span<double> out) {
                          std::transform(in.begin(), in.end(), out.begin(), rough);
                      }),
                      on, distproc::reduce_writer{alone}, quiet());
        CHECK(alone.value() == documented<eight_lanes>(values, 16).value());
    }
}

/// Large accumulators get fewer, longer granules; the bits stay the same.
template <class Executor>
void large_accumulators(const Executor& on) {
    const auto numbers = first_numbers(5000);
    distproc::histogram bins(-1000, 1000, 100'000);
    const distproc::reduce_writer writer{bins};
    CHECK(writer.grain({}, {5000}) == 20); // at most 256 accumulators of 0.8 MB
    (void)execute(numbers, rough, on, writer, quiet());
    std::vector<std::uint64_t> expected(100'000);
    for (const int x : numbers) {
        ++expected[static_cast<std::size_t>((rough(x) + 1000) / 2000 * 100'000)];
    }
    std::size_t different = 0;
    for (std::size_t b = 0; b < expected.size(); ++b) {
        different += bins.counts()[b] != expected[b];
    }
    CHECK(different == 0);

    distproc::sum<double> small;
    CHECK(distproc::reduce_writer{small}.grain({}, {16384}) == 1);
    CHECK(distproc::reduce_writer{small}.grain({}, {100'000'000}) == 6104);
    CHECK(distproc::reduce_writer{small}.grain({}, {1000, 1000, 1000}) == 8192);
}

/// Keeps all results in order: whoever writes it back has seen each once, and in its place.
template <class Result>
struct listing {
    std::vector<Result> results;

    void add(const Result& one) { results.push_back(one); }
    void merge(const listing& later) { results.insert(results.end(), later.results.begin(), later.results.end()); }
    void clear() { results.clear(); }
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& results;
    }
};

template <class Executor>
void reductions_conform(const Executor& on) {
    listing<double> found;
    distproc::conformance::check_options how;
    how.arrays = false;
    no_findings(distproc::conformance::check_writer<double>([&] { return distproc::reduce_writer{found}; },
                                                            [&] { return found.results; }, on, how));
    no_findings(distproc::conformance::check_writer<double>(
        [&] { return distproc::node_gather{distproc::reduce_writer{found}}; }, [&] { return found.results; }, on, how));
}

template <class Executor>
void algorithms(const Executor& on) {
    const auto ranks = on.make_team();
    const auto numbers = first_numbers(10007);
    const long long sum = 10007LL * 10008 / 2;
    const auto how = quiet();

    CHECK(distproc::reduce(on, numbers, 5LL, std::plus<>{}, how) == sum + 5);
    CHECK(distproc::transform_reduce(
              on, numbers, 0LL, std::plus<>{}, [](int x) { return 3LL * x; }, how) == 3 * sum);
    const auto longer = [](int a, int b) { return std::max(a, b); };
    CHECK(distproc::reduce(on, numbers, -1, longer, how) == 10007);
    CHECK(distproc::reduce(on, std::vector<int>{}, -1, longer, how) == -1);
    // Subtraction is not associative, so that only the documented brackets give this: ((1-2)-(3-4))-5.
    CHECK(distproc::reduce(on, std::vector<int>{1, 2, 3, 4, 5}, 0, std::minus<>{}, how) ==
          0 - (((1 - 2) - (3 - 4)) - 5));

    std::vector<int> halves(numbers.size());
    (void)distproc::transform(
        on, numbers, std::span<int>(halves), [](int x) { return x / 2; }, distproc::results_on::every_rank, how);
    CHECK(std::equal(halves.begin(), halves.end(), numbers.begin(), [](int h, int x) { return h == x / 2; }));

    std::vector<long long> squares;
    const auto report = distproc::transform(
        on, numbers, squares, [](int x) { return 1LL * x * x; }, distproc::results_on::every_rank, how);
    CHECK(report.items == numbers.size());
    REQUIRE(squares.size() == numbers.size());
    for (std::size_t k = 0; k < squares.size(); ++k) {
        REQUIRE(squares[k] == 1LL * numbers[k] * numbers[k]);
    }

    std::atomic<long long> seen = 0;
    CHECK(distproc::for_each(
              on, numbers, [&](int x) { seen += x; }, how)
              .items == numbers.size());
    std::atomic<std::size_t> indices = 0;
    (void)distproc::for_each(
        on, numbers, [&](int, distproc::context& c) { indices += c.item(); }, how);
    long long all = 0;
    std::size_t all_indices = 0;
    for (const std::string& one : ranks.all_gather(std::to_string(seen) + " " + std::to_string(indices))) {
        all += std::stoll(one);
        all_indices += std::stoull(one.substr(one.find(' ')));
    }
    CHECK(all == sum);
    CHECK(all_indices == 10006U * 10007U / 2);
}

/// A value stays as it was where a run fails or stops.
template <class Executor>
void unfinished(const Executor& on) {
    const auto numbers = first_numbers(3000);
    distproc::sum<double> total;
    (void)execute(
        numbers, [](int x) { return x; }, on, distproc::reduce_writer{total}, quiet());
    const double before = total.value();
    CHECK(before == 3000.0 * 3001 / 2);

    const auto thrower = [](int x) { return x == 1234 ? throw std::runtime_error("odd") : x; };
    CHECK_THROWS_AS(execute(numbers, thrower, on, distproc::reduce_writer{total}, quiet()), distproc::execution_error);
    CHECK(total.value() == before);

    struct refuses {
        int count = 0;
        void add(int) { ++count; }
        void merge(const refuses& later) {
            if ((count += later.count) > 2000) {
                throw std::runtime_error("too many");
            }
        }
        void clear() { count = 0; }
    } few;
    std::string text;
    try {
        (void)execute(
            numbers, [](int x) { return x; }, on, distproc::reduce_writer{few}, quiet());
    } catch (const distproc::execution_error& e) {
        text = e.message();
    }
    CHECK(text.find("too many") != std::string::npos);
    CHECK(few.count == 0);

    std::stop_source stop;
    stop.request_stop();
    auto how = quiet();
    how.stop = stop.get_token();
    CHECK(execute(
              numbers, [](int x) { return x; }, on, distproc::reduce_writer{total}, how)
              .stopped);
    CHECK(total.value() == before);
    CHECK_THROWS_WITH_AS((void)distproc::reduce(on, numbers, 0, std::plus<>{}, how),
                         "reduce: stopped after 0 of 3000 items; there is no value", distproc::error);
}

inline void refuse(int x, int refused) {
    if (x == refused) {
        throw std::runtime_error("unlucky");
    }
}
/// Accumulators that do not take one of the numbers.
template <int Form>
struct picky {
    int refused;
    void add(int x)
        requires(Form == 1)
    {
        refuse(x, refused);
    }
    void add(int x, std::size_t)
        requires(Form == 2)
    {
        refuse(x, refused);
    }
    void add(std::span<const int> xs, std::size_t first)
        requires(Form == 3)
    {
        for (std::size_t k = 0; k < xs.size(); ++k) {
            if (xs[k] == refused) {
                throw distproc::item_error(first + k, "unlucky");
            }
        }
    }
    static void merge(const picky&) {}
    static void clear() {}
};

/// An accumulator that throws ends the run with the item whose result it was given.
template <int Form, class Executor>
void picky_accumulator(const Executor& on) {
    const auto numbers = first_numbers(50000); // granules of several items
    for (const std::size_t item : {std::size_t{0}, std::size_t{6}, std::size_t{33333}, std::size_t{49999}}) {
        CAPTURE(item);
        picky<Form> all{numbers[item]};
        const auto run = [&](const auto& writer) {
            std::size_t named = 0;
            std::string text;
            try {
                (void)execute(
                    numbers, [](int x) { return x; }, on, writer, quiet());
            } catch (const distproc::execution_error& e) {
                CHECK(e.where() == distproc::stage::write);
                named = e.item();
                text = e.message();
            }
            CHECK(named == item);
            CHECK(text == "unlucky");
        };
        run(distproc::reduce_writer{all});
        run(distproc::node_gather{distproc::reduce_writer{all}});
    }
}

template <class Executor>
void reductions(const Executor& on) {
    SUBCASE("sums") { sums(on); }
    SUBCASE("large accumulators") { large_accumulators(on); }
    SUBCASE("the writer's contract") { reductions_conform(on); }
    SUBCASE("algorithms") { algorithms(on); }
    SUBCASE("unfinished") { unfinished(on); }
    SUBCASE("the item that is not taken, alone") { picky_accumulator<1>(on); }
    SUBCASE("the item that is not taken, with its number") { picky_accumulator<2>(on); }
    SUBCASE("the item that is not taken, among others") { picky_accumulator<3>(on); }
}

} // namespace test
