// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/function_ref.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace distproc {

/// Consecutive indices [first, last).
struct index_range {
    std::size_t first = 0;
    std::size_t last = 0;

    [[nodiscard]] constexpr std::size_t size() const noexcept { return last - first; }
    [[nodiscard]] constexpr bool empty() const noexcept { return last == first; }
    friend constexpr bool operator==(const index_range&, const index_range&) = default;
};

/// A set of indices, kept as sorted disjoint ranges. What is done and what is still to do are such sets.
/// Memory and time follow the number of ranges, not of indices.
class index_set {
public:
    index_set() = default;
    /// All of [0, count).
    explicit index_set(std::size_t count) { insert({0, count}); }

    /// Adds a range; ranges may come in any order and may overlap. O(ranges) unless it comes last.
    void insert(index_range range) {
        if (range.empty()) {
            return;
        }
        auto at = std::lower_bound(ranges_.begin(), ranges_.end(), range.first,
                                   [](const index_range& r, std::size_t first) { return r.last < first; });
        const auto changed = static_cast<std::size_t>(at - ranges_.begin());
        if (at == ranges_.end()) {
            ranges_.push_back(range);
        } else if (range.last < at->first) {
            ranges_.insert(at, range);
        } else {
            at->first = std::min(at->first, range.first);
            at->last = std::max(at->last, range.last);
            auto next = std::next(at);
            while (next != ranges_.end() && next->first <= at->last) {
                at->last = std::max(at->last, next->last);
                ++next;
            }
            ranges_.erase(std::next(at), next);
        }
        count_from(changed);
    }

    [[nodiscard]] std::size_t size() const noexcept { return before_.empty() ? 0 : before_.back(); }
    [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
    [[nodiscard]] const std::vector<index_range>& ranges() const noexcept { return ranges_; }

    [[nodiscard]] bool contains(std::size_t index) const noexcept {
        const auto at = std::upper_bound(ranges_.begin(), ranges_.end(), index,
                                         [](std::size_t i, const index_range& r) { return i < r.last; });
        return at != ranges_.end() && at->first <= index;
    }

    /// The indices of [0, count) that are not in this set.
    [[nodiscard]] index_set complement(std::size_t count) const {
        index_set rest;
        std::size_t from = 0;
        for (const index_range& r : ranges_) {
            if (r.first >= count) {
                break;
            }
            rest.append({from, r.first});
            from = r.last;
        }
        rest.append({std::min(from, count), count});
        rest.count_from(0);
        return rest;
    }

    /// Calls `use(index_range)` for the members numbered [places.first, places.last), counted from the smallest member.
    void for_each_range(index_range places, function_ref<void(index_range)> use) const {
        auto k =
            static_cast<std::size_t>(std::upper_bound(before_.begin(), before_.end(), places.first) - before_.begin());
        while (places.first < places.last) {
            const std::size_t start = k == 0 ? 0 : before_[k - 1];
            const std::size_t end = std::min(places.last, before_[k]);
            const std::size_t shift = ranges_[k].first - start;
            use(index_range{places.first + shift, end + shift});
            places.first = end;
            ++k;
        }
    }

    friend bool operator==(const index_set& a, const index_set& b) { return a.ranges_ == b.ranges_; }

private:
    void append(index_range range) {
        if (!range.empty()) {
            ranges_.push_back(range);
        }
    }

    void count_from(std::size_t k) {
        before_.resize(ranges_.size());
        std::size_t total = k == 0 ? 0 : before_[k - 1];
        for (; k < ranges_.size(); ++k) {
            total += ranges_[k].size();
            before_[k] = total;
        }
    }

    std::vector<index_range> ranges_;
    std::vector<std::size_t> before_; // before_[k]: members in ranges_[0..k]
};

} // namespace distproc
