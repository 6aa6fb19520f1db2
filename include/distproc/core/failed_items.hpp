// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace distproc {

/// The items that a run went on without because their compute threw; see `error_policy`.
struct failed_items {
    static constexpr std::size_t most_named = 4096;
    static constexpr std::size_t most_described = 8;

    std::size_t count = 0;
    std::vector<std::size_t> items; ///< the lowest, ascending; at most `most_named`
    std::vector<failure> described; ///< the lowest, ascending; at most `most_described`

    [[nodiscard]] bool empty() const noexcept { return count == 0; }

    /// One more. O(1) unless it is among the lowest.
    void add(failure one) {
        if (items.size() < most_named || one.item < items.back()) {
            items.insert(std::upper_bound(items.begin(), items.end(), one.item), one.item);
            items.resize(std::min(items.size(), most_named));
        }
        if (described.size() < most_described || one.item < described.back().item) {
            described.insert(std::upper_bound(described.begin(), described.end(), one, before), std::move(one));
            described.resize(std::min(described.size(), most_described));
        }
        ++count;
    }

    /// Those of another rank.
    void add(const failed_items& others) {
        std::vector<std::size_t> both;
        std::merge(items.begin(), items.end(), others.items.begin(), others.items.end(), std::back_inserter(both));
        both.resize(std::min(both.size(), most_named));
        std::vector<failure> texts;
        std::merge(described.begin(), described.end(), others.described.begin(), others.described.end(),
                   std::back_inserter(texts), before);
        texts.resize(std::min(texts.size(), most_described));
        items = std::move(both);
        described = std::move(texts);
        count += others.count;
    }

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& count& items& described;
    }

private:
    static bool before(const failure& a, const failure& b) noexcept { return a.item < b.item; }
};

} // namespace distproc
