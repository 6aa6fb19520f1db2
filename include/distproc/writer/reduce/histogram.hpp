// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/named.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace distproc {

/// Accumulator: how many results lie in each of `bins` equal bins from `low` to `high`. As in numpy.histogram a bin has
/// its lower edge and not its upper one, the last has both; what lies outside is counted apart.
class histogram {
public:
    /// Throws `error` where `low` is not below `high`, one of them is not finite, there is no bin, or bins are
    /// narrower than the distance of neighbouring numbers.
    histogram(double low, double high, std::size_t bins) : low_(low), high_(high), counts_(bins) {
        if (!(low < high) || !std::isfinite(high - low) || bins == 0 || low + width() == low ||
            high - width() == high) {
            throw error("histogram: no " + std::to_string(bins) + " bins from " + std::to_string(low) + " to " +
                        std::to_string(high) + "; give at least one bin, and a lower edge well below the upper one");
        }
    }

    void add(double result) {
        if (result < low_) {
            ++below_;
        } else if (result > high_) {
            ++above_;
        } else if (result != result) {
            ++not_a_number_;
        } else {
            ++counts_[bin_of(result)];
        }
    }
    /// Throws `error` where `later` has other bins.
    void merge(const histogram& later) {
        if (later.low_ != low_ || later.high_ != high_ || later.counts_.size() != counts_.size()) {
            throw error("histogram: cannot merge two that have different bins; give every rank the same");
        }
        for (std::size_t b = 0; b < counts_.size(); ++b) {
            counts_[b] += later.counts_[b];
        }
        below_ += later.below_;
        above_ += later.above_;
        not_a_number_ += later.not_a_number_;
    }
    void clear() { *this = histogram(low_, high_, counts_.size()); }

    [[nodiscard]] const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }
    [[nodiscard]] std::uint64_t below() const noexcept { return below_; }
    [[nodiscard]] std::uint64_t above() const noexcept { return above_; }
    [[nodiscard]] std::uint64_t not_a_number() const noexcept { return not_a_number_; }
    /// Lower edge of a bin; of `counts().size()`: the upper edge of the last.
    [[nodiscard]] double edge(std::size_t bin) const noexcept {
        return bin == counts_.size() ? high_ : low_ + static_cast<double>(bin) * width();
    }

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(low_) & DISTPROC_NAMED(high_) & DISTPROC_NAMED(counts_) & DISTPROC_NAMED(below_) &
            DISTPROC_NAMED(above_) & DISTPROC_NAMED(not_a_number_);
    }

private:
    [[nodiscard]] double width() const noexcept { return (high_ - low_) / static_cast<double>(counts_.size()); }

    [[nodiscard]] std::size_t bin_of(double result) const noexcept {
        const std::size_t last = counts_.size() - 1;
        auto bin = static_cast<std::size_t>((result - low_) / (high_ - low_) * static_cast<double>(last + 1));
        bin = std::min(bin, last);
        if (bin > 0 && result < edge(bin)) { // rounding: the edges decide
            --bin;
        } else if (bin < last && result >= edge(bin + 1)) {
            ++bin;
        }
        return bin;
    }

    double low_;
    double high_;
    std::vector<std::uint64_t> counts_;
    std::uint64_t below_ = 0;
    std::uint64_t above_ = 0;
    std::uint64_t not_a_number_ = 0;
};

} // namespace distproc
