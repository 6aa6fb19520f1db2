// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/worker_now.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace distproc::detail {

/// Where the workers of a node's ranks say what they are at: `per_rank` of each, in the order of the node's ranks.
struct worker_board {
    const worker_now* of_node = nullptr; ///< null: outside of any run
    std::size_t per_rank = 0;

    /// Of the node's rank number `place`: "at item 17".
    [[nodiscard]] std::string text_of(std::size_t place) const {
        if (of_node == nullptr) {
            return "outside of any run";
        }
        return items_at_work(per_rank,
                             [&](std::size_t w) -> const worker_now& { return of_node[place * per_rank + w]; });
    }
    /// The highest that any of so many ranks has begun; `no_item`: none.
    [[nodiscard]] std::uint64_t last_item(std::size_t ranks) const noexcept {
        std::uint64_t last = no_item;
        for (std::size_t k = 0; of_node != nullptr && k < ranks * per_rank; ++k) {
            const std::uint64_t first = of_node[k].first.load(std::memory_order_relaxed);
            last = first == no_item ? last : last == no_item ? first : std::max(last, first);
        }
        return last;
    }
};

} // namespace distproc::detail
