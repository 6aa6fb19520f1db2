// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Windows of images in memory, against a plain loop.
#include "source/drain.hpp"
#include "source/plain_windows.hpp"
#include "support/folder.hpp"
#include <distproc/distproc.hpp>
#include <distproc/flow/hand_over.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <vector>

using distproc::edge;
using distproc::range_source;
using distproc::windows;

namespace {

template <class Policy>
void same_windows(const Policy& policy, const test::plain_windows<float>& expected) {
    using view = distproc::detail::fetched_t<decltype(policy.open())>;
    CHECK(policy.open().items() == expected.items);
    distproc::detail::hand_over<view> convey;
    std::size_t seen = 0;
    std::size_t wrong = 0;
    test::drain(policy, 7, [&](std::size_t k, const view& later) {
        const std::span<const float> item = convey(later);
        ++seen;
        wrong += std::vector<float>(item.begin(), item.end()) == expected.all[k] && distproc::is_aligned(item.data())
                     ? 0
                     : 1;
    });
    CHECK(seen == expected.all.size());
    CHECK(wrong == 0);
}

double weighted(std::span<const float> window) {
    double sum = 0;
    for (std::size_t k = 0; k < window.size(); ++k) {
        sum += static_cast<double>(window[k]) * static_cast<double>(k + 1);
    }
    return sum;
}

} // namespace

TEST_CASE("windows of images in memory") {
    for (const test::window_case& one : test::window_cases()) {
        CAPTURE(distproc::to_string(one.image));
        CAPTURE(distproc::to_string(one.window));
        const auto pixels = test::random_pixels<float>(distproc::volume(one.image), 11);
        const std::deque<float> scattered(pixels.begin(), pixels.end()); // not one piece of memory
        for (const edge beyond : test::all_edges) {
            CAPTURE(static_cast<int>(beyond));
            if (beyond == edge::whole && !test::fits(one)) {
                CHECK(test::contains(test::thrown_by([&] {
                                         (void)windows(range_source{pixels, one.image}, one.window, beyond).open();
                                     }),
                                     "lies inside 'range of " + std::to_string(pixels.size()) +
                                         " items in memory', which is " + distproc::to_string(one.image) +
                                         "; give a smaller window or another edge"));
                continue;
            }
            const test::plain_windows<float> expected(pixels, one.image, one.window, beyond, 0.5F);
            same_windows(windows(range_source{pixels, one.image}, one.window, beyond, 0.5F), expected);
            same_windows(windows(range_source{scattered, one.image}, one.window, beyond, 0.5F), expected);
        }
    }
}

TEST_CASE("windows that do not fit the image are refused") {
    const std::vector<int> pixels(12);
    const auto says = [&](const distproc::shape& image, const distproc::shape& window) {
        return test::thrown_by([&] { (void)windows(range_source{pixels, image}, window).open(); });
    };
    CHECK(says({3, 4}, {3}) == "windows: 'range of 12 items in memory' has 2 axes (3 x 4), but the window has 1 axis "
                               "(3); give it one extent for each axis of the image");
    CHECK(says({12}, {3, 3}) == "windows: 'range of 12 items in memory' has 1 axis (12), but the window has 2 axes "
                                "(3 x 3); give it one extent for each axis of the image");
    CHECK(says({3, 4}, {3, 0}) == "windows: a window of 3 x 0 holds nothing; give it extents above 0");
}

TEST_CASE("execute takes windows: alone, zipped, selected and in cells") {
    const auto first = test::random_pixels<float>(60, 5);
    const auto second = test::random_pixels<float>(60, 6);
    const distproc::shape image{6, 10};
    const test::plain_windows<float> a(first, image, {3, 3}, edge::reflect, 0);
    const test::plain_windows<float> b(second, image, {2, 5}, edge::nearest, 0);
    // Depends on every pixel and its place; wrong where the window lies at another address than it should.
    const auto number = [](std::span<const float> window) {
        return distproc::is_aligned(window.data()) ? weighted(window) : -1;
    };
    const auto one = windows(range_source{first, image}, {3, 3});
    const auto other = windows(range_source{second, image}, {2, 5}, edge::nearest);
    distproc::options how;
    how.show = distproc::progress::off;
    std::vector<double> results;
    const distproc::serial_executor on;

    (void)execute(one, number, on, distproc::memory_writer{results}, how);
    REQUIRE(results.size() == 60);
    for (std::size_t i = 0; i < 60; ++i) {
        CHECK(results[i] == weighted(a.all[i]));
    }
    const std::vector<double> alone = results;

    const auto difference = [&](std::span<const float> x, std::span<const float> y) { return number(x) - number(y); };
    (void)execute(distproc::zip_source(one, other), difference, on, distproc::memory_writer{results}, how);
    std::vector<double> others;
    (void)execute(other, number, on, distproc::memory_writer{others}, how);
    for (std::size_t i = 0; i < 60; ++i) {
        CHECK(others[i] == weighted(b.all[i]));
        CHECK(results[i] == weighted(a.all[i]) - weighted(b.all[i]));
    }

    (void)execute(distproc::select(one, {41, 3, 4, 59}), number, on, distproc::memory_writer{results}, how);
    CHECK(results == std::vector<double>{alone[41], alone[3], alone[4], alone[59]});

    const auto cells = distproc::cell<7>([&](std::span<const std::span<const float>> in, std::span<double> out) {
        for (std::size_t k = 0; k < in.size(); ++k) {
            out[k] = number(in[k]);
        }
    });
    (void)execute(one, cells, on, distproc::memory_writer{results}, how);
    CHECK(results == alone);
}
