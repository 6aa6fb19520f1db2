// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace distproc::detail {

/// Learns how many items make a block of the wanted duration. Starts with one item and at most quadruples from block to
/// block, so that a few costly first items do no harm. Thread-safe; `learn` is for every block, `items` before each.
class block_sizer {
public:
    block_sizer(double seconds_per_block, std::size_t most_items)
        : target_(seconds_per_block), most_(std::max<std::size_t>(1, most_items)) {}

    [[nodiscard]] std::size_t items() const noexcept { return next_.load(std::memory_order_relaxed); }

    /// Items of about 20 microseconds together: between two looks at the stop flag.
    [[nodiscard]] std::size_t items_between_checks() const noexcept {
        return items_between_checks_.load(std::memory_order_relaxed);
    }

    void learn(std::size_t items, double seconds) noexcept {
        if (items == 0) {
            return;
        }
        const auto nanos = static_cast<std::uint64_t>(seconds * 1e9);
        const std::uint64_t all_items = items_.fetch_add(items, std::memory_order_relaxed) + items;
        const std::uint64_t all_nanos = nanos_.fetch_add(nanos, std::memory_order_relaxed) + nanos;
        const double each = std::max(0.05e-9, 1e-9 * static_cast<double>(all_nanos) / static_cast<double>(all_items));
        const std::size_t now = next_.load(std::memory_order_relaxed);
        const std::size_t ideal = clamp(target_ / each, most_);
        next_.store(std::min(ideal, std::max(now, items) * 4), std::memory_order_relaxed);
        items_between_checks_.store(clamp(20e-6 / each, 1U << 14U), std::memory_order_relaxed);
    }

private:
    static std::size_t clamp(double items, std::size_t most) noexcept {
        if (items >= static_cast<double>(most)) {
            return most;
        }
        return items < 1 ? 1 : static_cast<std::size_t>(items);
    }

    double target_;
    std::size_t most_;
    std::atomic<std::size_t> next_{1};
    std::atomic<std::size_t> items_between_checks_{1};
    std::atomic<std::uint64_t> items_{0};
    std::atomic<std::uint64_t> nanos_{0};
};

} // namespace distproc::detail
