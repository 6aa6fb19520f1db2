// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The supplied accumulators on their own, and the tree by which they are merged.
#include <distproc/writer/reduce.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class Accumulator>
Accumulator of(Accumulator a, const std::vector<double>& values, std::size_t first = 0) {
    distproc::detail::add_all(a, std::span<const double>(values), first);
    return a;
}

/// What has seen all values, in several pieces that are merged.
template <class Accumulator>
Accumulator in_pieces(const Accumulator& empty, const std::vector<double>& values) {
    Accumulator all = empty;
    for (std::size_t first = 0, size = 0; first < values.size(); first += size, size = 3 * size + 1) {
        const std::size_t last = std::min(values.size(), first + size);
        all.merge(of(
            empty,
            {values.begin() + static_cast<std::ptrdiff_t>(first), values.begin() + static_cast<std::ptrdiff_t>(last)},
            first));
    }
    return all;
}

std::vector<double> noise(std::size_t count) {
    std::mt19937_64 random(20);
    std::normal_distribution<double> normal(1e6, 3.0);
    std::vector<double> values(count);
    for (double& v : values) {
        v = normal(random);
    }
    return values;
}

/// Notes all merges as text.
struct brackets {
    std::string text;
    void add(int item) { text += std::to_string(item); }
    void merge(const brackets& later) { text = "(" + text + later.text + ")"; }
};

/// The tree by its definition: split at the largest power of two below the number of leaves.
std::string tree_of(std::size_t first, std::size_t count) {
    if (count == 1) {
        return std::to_string(first);
    }
    std::size_t left = 1;
    while (2 * left < count) {
        left *= 2;
    }
    return "(" + tree_of(first, left) + tree_of(first + left, count - left) + ")";
}

} // namespace

TEST_CASE("leaves in any order are merged by the same tree") {
    std::mt19937_64 random(1);
    for (std::size_t leaves = 1; leaves <= 33; ++leaves) {
        for (int time = 0; time < 20; ++time) {
            std::vector<std::size_t> order(leaves);
            for (std::size_t k = 0; k < leaves; ++k) {
                order[k] = k;
            }
            std::shuffle(order.begin(), order.end(), random);
            distproc::detail::merge_tree<brackets> tree(leaves);
            for (const std::size_t leaf : order) {
                CHECK_FALSE(tree.complete());
                tree.add({0, leaf, brackets{std::to_string(leaf)}});
            }
            REQUIRE(tree.complete());
            CHECK(tree.nodes()[0].value.text == tree_of(0, leaves));
        }
    }
    CHECK(distproc::detail::merge_tree<brackets>(0).complete());
}

TEST_CASE("trees that others have begun are merged at once") {
    std::mt19937_64 random(2);
    for (std::size_t leaves = 1; leaves <= 40; ++leaves) {
        for (int time = 0; time < 20; ++time) {
            using tree = distproc::detail::merge_tree<brackets>;
            std::vector<tree> parts(3, tree(leaves));
            for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
                parts[random() % 3].add({0, leaf, brackets{std::to_string(leaf)}});
            }
            for (const std::size_t other : {1U, 2U}) {
                std::size_t at = 0;
                parts[0].add_all([&]() -> std::optional<tree::node> {
                    auto& nodes = parts[other].nodes();
                    return at == nodes.size() ? std::nullopt : std::optional(std::move(nodes[at++]));
                });
            }
            REQUIRE(parts[0].complete());
            CHECK(parts[0].nodes()[0].value.text == tree_of(0, leaves));
        }
    }
}

TEST_CASE("leaves in order leave few nodes") {
    distproc::detail::merge_tree<distproc::sum<double>> tree(1 << 16);
    std::size_t most = 0;
    for (std::size_t leaf = 0; leaf < (1 << 16); ++leaf) {
        tree.add({0, leaf, {}});
        most = std::max(most, tree.nodes().size());
    }
    CHECK(most == 16);
}

TEST_CASE("results of a granule that come in another order, or twice, are an error") {
    distproc::detail::shared_tree<distproc::sum<double>> tree(4);
    const distproc::sum<double> empty;
    distproc::detail::granule_sums<distproc::sum<double>> sums(empty, 10, 3, tree);
    const std::vector<double> values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const auto write = [&](std::size_t first, std::size_t last) {
        sums.write(first, std::span<const double>(values).subspan(first, last - first));
    };
    write(6, 8); // mixed with others
    write(0, 2);
    CHECK_THROWS_WITH_AS(write(4, 5), "reduce_writer: item 4 comes before the first of its granule, 3",
                         distproc::error);
    CHECK_THROWS_WITH_AS(write(0, 1),
                         "reduce_writer: item 0 comes where item 2 is due; the results of a granule come in the order "
                         "of its items, each once",
                         distproc::error);
    write(8, 10);
    write(2, 6);
    sums.flush();
    REQUIRE(tree.tree.complete());
    CHECK(tree.tree.nodes()[0].value.value() == 55);
}

TEST_CASE("sum") {
    CHECK(distproc::sum<double>{}.value() == 0);
    for (const std::size_t count : {1U, 7U, 8U, 9U, 100U, 1001U}) {
        std::vector<double> numbers(count);
        std::vector<int> whole(count);
        for (std::size_t k = 0; k < count; ++k) {
            whole[k] = static_cast<int>(k + 1);
            numbers[k] = whole[k];
        }
        const double expected = static_cast<double>(count * (count + 1)) / 2;
        CHECK(of(distproc::sum<double>{}, numbers).value() == expected);
        CHECK(in_pieces(distproc::sum<double>{}, numbers).value() == expected);
        CHECK(in_pieces(distproc::sum<double>{}, numbers).count() == count);
        distproc::sum<std::int64_t> integers;
        integers.add(std::span<const int>(whole), 0);
        CHECK(static_cast<double>(integers.value()) == expected);
    }
    // However results are cut into spans: the same bits.
    const auto values = noise(1000);
    const double whole = of(distproc::sum<double>{}, values).value();
    std::mt19937_64 random(2);
    for (int time = 0; time < 50; ++time) {
        distproc::sum<double> cut;
        for (std::size_t k = 0; k < values.size();) {
            const std::size_t size = std::min<std::size_t>(values.size() - k, random() % 40);
            cut.add(std::span<const double>(values).subspan(k, size), k);
            k += size;
        }
        CHECK(cut.value() == whole);
    }
}

TEST_CASE("minimum and maximum: the lowest item of equal ones, no NaN") {
    const std::vector<double> values{not_a_number, 3, -1, 7, -1, 7, not_a_number};
    for (const bool pieces : {false, true}) {
        const distproc::minimum<double> none_low;
        const distproc::maximum<double> none_high;
        const auto low = pieces ? in_pieces(none_low, values) : of(none_low, values);
        const auto high = pieces ? in_pieces(none_high, values) : of(none_high, values);
        CHECK(low.value() == -1);
        CHECK(low.item() == 2);
        CHECK(high.value() == 7);
        CHECK(high.item() == 3);
    }
    CHECK(of(distproc::minimum<double>{}, {not_a_number, not_a_number}).empty());
    CHECK(distproc::maximum<double>{}.item() == distproc::no_item);
}

TEST_CASE("moments") {
    std::vector<double> numbers(1000);
    for (std::size_t k = 0; k < numbers.size(); ++k) {
        numbers[k] = 1e9 + static_cast<double>(k + 1);
    }
    const double n = 1000;
    for (const auto& m : {of(distproc::moments{}, numbers), in_pieces(distproc::moments{}, numbers)}) {
        CHECK(m.count() == 1000);
        CHECK(m.mean() == doctest::Approx(1e9 + (n + 1) / 2).epsilon(1e-15));
        CHECK(m.variance() == doctest::Approx((n * n - 1) / 12).epsilon(1e-9)); // of a discrete uniform distribution
        CHECK(m.sample_variance() == doctest::Approx((n * n - 1) / 12 * n / (n - 1)).epsilon(1e-9));
        CHECK(m.standard_deviation() == doctest::Approx(std::sqrt((n * n - 1) / 12)).epsilon(1e-9));
    }
    distproc::moments huge;
    huge.merge(of(distproc::moments{}, {1e160, 1e160}));
    CHECK(huge.variance() == 0);
    CHECK(std::isnan(distproc::moments{}.variance()));
    CHECK(of(distproc::moments{}, {4}).variance() == 0);
    CHECK(std::isnan(of(distproc::moments{}, {4}).sample_variance()));
}

TEST_CASE("histogram: edges decide, as in numpy") {
    constexpr std::size_t bins = 49; // edges that are no binary fractions
    const distproc::histogram empty(-0.3, 0.7, bins);
    std::vector<double> values{-0.31, 0.70001, not_a_number, -0.3, 0.7, 1e300, -1e300};
    for (std::size_t b = 0; b <= bins; ++b) {
        const double edge = empty.edge(b);
        values.insert(values.end(), {edge, std::nextafter(edge, -1), std::nextafter(edge, 1)});
    }
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> uniform(-0.5, 0.9);
    for (int k = 0; k < 10000; ++k) {
        values.push_back(uniform(random));
    }

    std::vector<std::uint64_t> expected(bins);
    std::uint64_t below = 0;
    std::uint64_t above = 0;
    for (const double v : values) {
        below += v < -0.3 ? 1 : 0;
        above += v > 0.7 ? 1 : 0;
        for (std::size_t b = 0; b < bins; ++b) {
            const bool under_top = v < empty.edge(b + 1) || (b + 1 == bins && v == empty.edge(bins));
            expected[b] += v >= empty.edge(b) && under_top ? 1 : 0;
        }
    }
    for (const auto& h : {of(empty, values), in_pieces(empty, values)}) {
        CHECK(h.counts() == expected);
        CHECK(h.below() == below);
        CHECK(h.above() == above);
        CHECK(h.not_a_number() == 1);
    }
    CHECK_THROWS_WITH_AS(
        distproc::histogram(1, 1, 5),
        "histogram: no 5 bins from 1.000000 to 1.000000; give at least one bin, and a lower edge well below "
        "the upper one",
        distproc::error);
    CHECK_THROWS_AS(distproc::histogram(0, 1, 0), distproc::error);
    CHECK_THROWS_AS(distproc::histogram(1e16, 1e16 + 10, 100), distproc::error);
    CHECK_THROWS_AS(distproc::histogram(0, not_a_number, 3), distproc::error);
    distproc::histogram other(-0.3, 0.8, bins);
    CHECK_THROWS_AS(other.merge(empty), distproc::error);
}

TEST_CASE("fold keeps the order, with any operation") {
    const std::string grave = "'";
    const auto join = [grave](const std::string& a, const std::string& b) { return a + grave + b; };
    distproc::fold<std::string, decltype(join)> left(join);
    auto right = left;
    CHECK(left.empty());
    left.add("a");
    left.add("b");
    right.add("c");
    left.merge(right);
    CHECK(left.value() == "a'b'c");
    right.clear();
    left.merge(right);
    CHECK(left.value() == "a'b'c");
    right = left;
    CHECK(right.value() == "a'b'c");
}
