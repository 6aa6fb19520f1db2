// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/granules.hpp>

#include <doctest/doctest.h>

#include <random>
#include <vector>

using distproc::granules;
using distproc::index_range;
using distproc::shape;

namespace {

/// How often each item is in one of the granules of `range`.
std::vector<int> covered(const granules& grid, index_range range) {
    std::vector<int> times(grid.item_count(), 0);
    grid.for_each_run(range, [&](index_range run) {
        REQUIRE(run.first < run.last);
        REQUIRE(run.last <= times.size());
        for (std::size_t i = run.first; i < run.last; ++i) {
            ++times[i];
        }
    });
    return times;
}

/// Number of the granule that holds an item, from coordinates.
std::size_t granule_of(std::size_t item, const shape& items, const shape& box) {
    std::size_t number = 0;
    std::size_t stride = 1;
    for (std::size_t d = items.size(); d-- > 0;) {
        number += item % items[d] / box[d] * stride;
        stride *= (items[d] + box[d] - 1) / box[d];
        item /= items[d];
    }
    return number;
}

void check_boxes(const shape& items, const shape& box) {
    CAPTURE(distproc::to_string(items));
    CAPTURE(distproc::to_string(box));
    const granules grid(items, box);
    const std::size_t n = distproc::volume(items);
    CHECK(covered(grid, {0, grid.count()}) == std::vector<int>(n, 1));
    bool same = true;
    for (std::size_t g = 0; g < grid.count(); ++g) {
        const std::vector<int> times = covered(grid, {g, g + 1});
        for (std::size_t i = 0; i < n; ++i) {
            same = same && times[i] == (granule_of(i, items, box) == g ? 1 : 0);
        }
    }
    CHECK(same);
}

} // namespace

TEST_CASE("granules of a length cut the sequence of items") {
    const granules grid(shape{7, 13}, 10);
    CHECK(grid.count() == 10);
    CHECK(grid.length() == 10);
    CHECK(grid.linear());
    CHECK(grid.item_count() == 91);
    CHECK(covered(grid, {0, 10}) == std::vector<int>(91, 1));
    std::vector<index_range> runs;
    grid.for_each_run({8, 10}, [&](index_range r) { runs.push_back(r); });
    CHECK(runs == std::vector<index_range>{{80, 91}});
    grid.for_each_run({3, 3}, [&](index_range) { FAIL("an empty range of granules has no run"); });
}

TEST_CASE("boxes cover every item once, also where they are cut") {
    check_boxes({7, 13}, {4, 4});
    check_boxes({7, 13}, {1, 13});
    check_boxes({7, 13}, {7, 1});
    check_boxes({7, 13}, {100, 100});
    check_boxes({1, 1003}, {1, 64});
    check_boxes({12}, {5});
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 50; ++round) {
        shape items(1 + random() % 4);
        shape box(items.size());
        for (std::size_t d = 0; d < items.size(); ++d) {
            items[d] = 1 + random() % 7;
            box[d] = 1 + random() % 8;
        }
        check_boxes(items, box);
    }
}

TEST_CASE("no items, no granules; no axes, one item") {
    CHECK(granules(shape{0}, 4).count() == 0);
    CHECK(granules(shape{5, 0}, shape{2, 2}).count() == 0);
    CHECK(granules().count() == 0);
    CHECK(granules(shape{}, 1).count() == 1);
    CHECK(covered(granules(shape{}, shape{}), {0, 1}) == std::vector<int>{1});
}

TEST_CASE("a granule as long as can be is one granule") {
    constexpr std::size_t top = ~std::size_t{0};
    CHECK(granules(shape{91}, top).count() == 1);
    CHECK(granules(shape{91}, shape{top}).count() == 1);
    CHECK(covered(granules(shape{91}, top), {0, 1}) == std::vector<int>(91, 1));
    CHECK(covered(granules(shape{91}, shape{top}), {0, 1}) == std::vector<int>(91, 1));
    const granules wide(shape{top}, 2); // the last granule ends with the items
    index_range last;
    wide.for_each_run({wide.count() - 1, wide.count()}, [&](index_range r) { last = r; });
    CHECK(last == index_range{top - 1, top});
}

TEST_CASE("granules that fit no items are refused") {
    CHECK_THROWS_WITH_AS(granules(shape{7, 13}, shape{4}),
                         "a granule of 4 items does not fit item axes of 7 x 13; give one extent above 0 for each axis",
                         distproc::error);
    CHECK_THROWS_AS(granules(shape{7, 13}, shape{4, 0}), distproc::error);
    CHECK_THROWS_AS(granules(shape{7}, std::size_t{0}), distproc::error);
}
