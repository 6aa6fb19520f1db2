// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/named.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

namespace distproc {

/// Accumulator: number, mean and variance of all results, in double precision. Updated by Welford's formula and merged
/// by that of Chan, Golub and LeVeque (The American Statistician 37, 242, 1983), which do not lose the variance of
/// results that are far from 0.
class moments {
public:
    void add(double result) {
        ++count_;
        const double before = result - mean_;
        mean_ += before / static_cast<double>(count_);
        squares_ += before * (result - mean_);
    }
    void merge(const moments& later) {
        if (later.count_ == 0) {
            return;
        }
        if (count_ == 0) {
            *this = later;
            return;
        }
        const double own = static_cast<double>(count_);
        const double others = static_cast<double>(later.count_);
        const double apart = later.mean_ - mean_;
        mean_ += apart * (others / (own + others));
        squares_ += later.squares_ + apart * apart * (own * (others / (own + others)));
        count_ += later.count_;
    }
    void clear() { *this = {}; }
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(count_) & DISTPROC_NAMED(mean_) & DISTPROC_NAMED(squares_);
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// 0 where nothing was added.
    [[nodiscard]] double mean() const noexcept { return mean_; }
    /// Of the results themselves (divided by n); NaN where there is none.
    [[nodiscard]] double variance() const noexcept { return over(0); }
    /// Of what they were drawn from, estimated (divided by n - 1); NaN where there are fewer than two.
    [[nodiscard]] double sample_variance() const noexcept { return over(1); }
    [[nodiscard]] double standard_deviation() const noexcept { return std::sqrt(variance()); }

private:
    [[nodiscard]] double over(std::uint64_t fewer) const noexcept {
        return count_ > fewer ? squares_ / static_cast<double>(count_ - fewer)
                              : std::numeric_limits<double>::quiet_NaN();
    }

    std::uint64_t count_ = 0;
    double mean_ = 0;
    double squares_ = 0; // of the distances from the mean
};

} // namespace distproc
