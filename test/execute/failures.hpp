// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// An exception at every stage, on every rank, at the first chance and later: each run ends on all ranks with the same
// error, soon. The fakes and the judgement are those of the conformance suite.
#include <distproc/conformance/attempt.hpp>
#include <distproc/core/agree.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace test {

template <class Executor>
void failures(const Executor& on) {
    using namespace distproc::conformance;
    const auto ranks = on.make_team();
    const step item_steps[] = {step::read, step::at, step::compute, step::write};
    const step rank_steps[] = {step::open_source, step::read,  step::at,     step::compute,
                               step::open_writer, step::write, step::finish, step::close};
    std::vector<script> plots;
    for (const distproc::shape& axes : {distproc::shape{1}, distproc::shape{13, 7}, distproc::shape{400}}) {
        for (const step fails : rank_steps) {
            for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
                script plot{.axes = axes, .fails = fails, .rank = rank};
                plots.push_back(plot);
                plot.foreign = true;
                plots.push_back(plot);
            }
        }
        const std::size_t count = distproc::volume(axes);
        for (const step fails : item_steps) {
            for (const std::size_t item : {std::size_t{0}, count / 3, count / 2, count - 1}) {
                plots.push_back({.axes = axes, .fails = fails, .item = item});
                plots.push_back(
                    {.axes = axes, .granule = distproc::shape(axes.size(), 3), .fails = fails, .item = item});
            }
        }
    }
    const std::size_t some = 2 * plots.size() < 200 ? (200 + plots.size() - 1) / plots.size() : 2;
    std::size_t tries = 0;
    double longest = 0;
    findings found;
    for (std::size_t time = 0; time < some; ++time) {
        for (const script& plot : plots) {
            found.begin("step " + std::to_string(static_cast<int>(plot.fails)) + " of " +
                        distproc::to_string(plot.axes) + " items on rank " + std::to_string(plot.rank) + " at item " +
                        std::to_string(plot.item));
            const auto begin = std::chrono::steady_clock::now();
            if (time % 2 == 0) {
                attempt<false, Executor>(on, plot, found);
            } else {
                attempt<true, Executor>(on, plot, found);
            }
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
            longest = std::max(longest, taken.count());
            ++tries;
        }
    }
    for (const std::string& sentence : found.of_all(ranks)) {
        FAIL_CHECK(sentence);
    }
    CHECK(tries >= 200);
    CHECK(longest < 20); // seconds; most take milliseconds
    if (ranks.rank() == 0) {
        MESSAGE(tries << " failures, the longest run took " << longest << " s");
    }
}

} // namespace test
