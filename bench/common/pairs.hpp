// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// How two programs for the same work are compared: in pairs, interleaved, the order alternating, so that whatever slows
// the machine down for a while meets both; and the hand-written one against itself in the same way, which shows what
// the machine's noise alone does to a ratio.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// Median and its 95 % confidence interval.
struct interval {
    double low = 0;
    double median = 0;
    double high = 0;

    [[nodiscard]] double half_width() const noexcept { return (high - low) / 2; }
};

[[nodiscard]] inline double median_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// The k for which the k-th smallest and the k-th largest of n values (k counts from 1) enclose the median of what they
/// were drawn from with a probability of at least 95 %, and as closely as that allows: the number of values below the
/// median is binomial with p = 1/2, whatever the distribution. 0 where n is below 6 and no two values do.
[[nodiscard]] inline std::size_t order_of_interval(std::size_t n) {
    double probability = std::pow(0.5, static_cast<double>(n)); // of exactly k values below the median
    double tail = probability;                                  // of at most k
    std::size_t k = 0;
    while (2 * tail <= 0.05) {
        probability *= static_cast<double>(n - k) / static_cast<double>(k + 1);
        tail += probability;
        ++k;
    }
    return k;
}

/// Throws std::invalid_argument where there are fewer than 6 values.
[[nodiscard]] inline interval median_interval(std::vector<double> values) {
    const std::size_t k = order_of_interval(values.size());
    if (k == 0) {
        throw std::invalid_argument("an interval of the median takes at least 6 values, and there are " +
                                    std::to_string(values.size()));
    }
    std::sort(values.begin(), values.end());
    return {values[k - 1], median_of(values), values[values.size() - k]};
}

/// Seconds of all runs: [pair][0] hand-written, [pair][1] ours; and of the hand-written code against itself.
struct comparison {
    std::vector<std::pair<double, double>> runs;
    std::vector<std::pair<double, double>> self;

    [[nodiscard]] interval ratio() const { return ratio_of(runs); }
    [[nodiscard]] interval self_ratio() const { return ratio_of(self); }

    /// "met" where the interval reaches the goal and the median is above it by no more than noise explains. An interval
    /// wholly below the goal meets it whatever the noise, and one that lies above by more than noise explains misses
    /// it. In between it is "too noisy" where noise alone is wider than the margin between 1 and the goal.
    [[nodiscard]] const char* verdict(double goal) const {
        const interval r = ratio();
        const double noise = self_ratio().half_width();
        if (r.high <= goal) {
            return "met";
        }
        if (r.low > goal + noise) {
            return "missed";
        }
        if (noise > goal - 1) {
            return "too noisy";
        }
        return r.low <= goal && r.median <= goal + noise ? "met" : "missed";
    }

private:
    static interval ratio_of(const std::vector<std::pair<double, double>>& pairs) {
        std::vector<double> ratios;
        for (const auto& [hand, ours] : pairs) {
            ratios.push_back(ours / hand);
        }
        return median_interval(std::move(ratios));
    }
};

/// Runs each once to warm up, then `pairs` times a pair (hand, ours) and, where `self`, a pair (hand, hand); every
/// other time the second of a pair goes first. `seconds(f)` runs f and says how long it took.
template <class Hand, class Ours, class Seconds>
[[nodiscard]] comparison compare(std::size_t pairs, Hand&& hand, Ours&& ours, Seconds&& seconds, bool self = true) {
    comparison result;
    const auto pair = [&](auto& first, auto& second, bool swapped) {
        std::pair<double, double> took;
        if (swapped) {
            took.second = seconds(second);
            took.first = seconds(first);
        } else {
            took.first = seconds(first);
            took.second = seconds(second);
        }
        return took;
    };
    (void)pair(hand, ours, false);
    for (std::size_t p = 0; p < pairs; ++p) {
        result.runs.push_back(pair(hand, ours, p % 2 != 0));
        if (self) {
            result.self.push_back(pair(hand, hand, p % 2 != 0));
        }
    }
    return result;
}

/// The same against a number of seconds that is computed, not run, and so has no noise.
template <class Ours, class Seconds>
[[nodiscard]] comparison compare_with_bound(std::size_t runs, double bound, Ours&& ours, Seconds&& seconds) {
    comparison result;
    (void)seconds(ours);
    for (std::size_t r = 0; r < runs; ++r) {
        result.runs.emplace_back(bound, seconds(ours));
        result.self.emplace_back(bound, bound);
    }
    return result;
}

} // namespace bench
