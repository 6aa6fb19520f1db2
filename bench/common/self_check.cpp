// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Checks the statistics of pairs.hpp. Prints nothing but what is wrong; the exit code says the rest.

#include "pairs.hpp"

#include <cstddef>
#include <cstdio>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

int wrong = 0;

void check(bool right, const std::string& what) {
    if (!right) {
        std::fprintf(stderr, "wrong: %s\n", what.c_str());
        ++wrong;
    }
}

bench::comparison constant(double ratio, double self_low, double self_high) {
    bench::comparison c;
    for (int k = 0; k < 30; ++k) {
        c.runs.emplace_back(2.0, 2.0 * ratio);
        c.self.emplace_back(1.0, k < 15 ? self_low : self_high);
    }
    return c;
}

} // namespace

int main() {
    // Ranks of the 95 % interval as in any table of the sign test.
    for (const auto& [n, k] :
         {std::pair<std::size_t, std::size_t>{5, 0}, {6, 1}, {10, 2}, {20, 6}, {30, 10}, {31, 10}, {50, 18}}) {
        check(bench::order_of_interval(n) == k, "interval of " + std::to_string(n) + " values");
    }

    std::vector<double> values;
    for (int k = 30; k > 0; --k) {
        values.push_back(k);
    }
    const bench::interval thirty = bench::median_interval(values);
    check(thirty.low == 10 && thirty.median == 15.5 && thirty.high == 21, "interval of 1 to 30");

    // The interval holds the true median (of a skewed distribution) at least 95 times in 100.
    std::mt19937_64 random(1);
    std::lognormal_distribution<double> skewed(0.0, 0.5);
    int held = 0;
    constexpr int tries = 20000;
    for (int t = 0; t < tries; ++t) {
        for (double& v : values) {
            v = skewed(random);
        }
        const bench::interval i = bench::median_interval(values);
        held += i.low <= 1.0 && 1.0 <= i.high ? 1 : 0;
    }
    const double share = static_cast<double>(held) / tries;
    check(share > 0.95 && share < 0.965, "the interval holds the median with probability " + std::to_string(share));

    // The rule for goals.
    const auto verdict = [](const bench::comparison& c) { return std::string(c.verdict(1.02)); };
    check(verdict(constant(1.02, 1, 1)) == "met", "at the goal");
    check(verdict(constant(1.021, 1, 1)) == "missed", "above the goal without noise");
    check(verdict(constant(1.021, 0.981, 1.019)) == "missed", "the interval does not reach the goal");
    check(verdict(constant(1.021, 0.9, 1.1)) == "too noisy", "noise wider than the margin");
    check(verdict(constant(1.5, 0.97, 1.03)) == "missed", "far above the goal in spite of the noise");
    check(verdict(constant(1.02, 0.9, 1.1)) == "met", "below the goal in spite of the noise");
    bench::comparison noisy = constant(1.03, 0.981, 1.019);
    for (std::size_t k = 0; k < 12; ++k) {
        noisy.runs[k].second = 2.0;
    }
    check(verdict(noisy) == "met", "above the goal by less than the noise, and the interval reaches it");
    noisy.self = constant(1, 0.995, 1.005).self;
    check(verdict(noisy) == "missed", "above the goal by more than the noise");

    // Pairs: every other one swapped, each as often as asked.
    std::string order;
    const auto a = [&] { order += 'a'; };
    const auto b = [&] { order += 'b'; };
    const auto clock = [](auto& f) {
        f();
        return 1.0;
    };
    const bench::comparison c = bench::compare(3, a, b, clock);
    check(order == "ab"
                   "abaa"
                   "baaa"
                   "abaa",
          "order of the runs: " + order);
    check(c.runs.size() == 3 && c.self.size() == 3, "number of pairs");
    check(bench::compare(3, a, b, clock, false).self.empty(), "no pairs of hand and hand where they are not wanted");

    const bench::comparison bound = bench::compare_with_bound(6, 0.5, a, clock);
    check(bound.ratio().median == 2 && bound.self_ratio().half_width() == 0, "against a computed bound");
    check(std::string(bound.verdict(2.01)) == "met" && std::string(bound.verdict(1.99)) == "missed",
          "goals beside a computed bound");
    return wrong == 0 ? 0 : 1;
}
