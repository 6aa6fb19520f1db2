// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/plan.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>

namespace distproc::detail {

/// Items that a block may have at most where `slots` of them share a rank's memory, which it has beside the `workspace`
/// of its workers. Throws `error` where one granule of `granule` items of `each` bytes does not fit.
[[nodiscard]] inline std::size_t items_that_fit(std::size_t memory, std::size_t slots, std::size_t granule,
                                                std::size_t each, std::size_t most_bytes, std::size_t workspace) {
    const std::size_t share = memory / slots;
    if (granule * each > share) {
        throw error(
            "a granule of " + std::to_string(granule) + (granule == 1 ? " item" : " items") + " takes " +
            std::to_string(granule * each) + " bytes to read and compute, and " + std::to_string(slots) +
            " of them must fit into this rank's " + std::to_string(memory) +
            " bytes, a share of options::memory_bytes" +
            (workspace == 0 ? "" : " beside workspace_bytes of the compute") + "; raise that " +
            std::to_string((granule * each * slots + workspace) / std::max<std::size_t>(1, memory + workspace) + 1) +
            "-fold or use fewer workers");
    }
    return std::max(granule, std::min(share, most_bytes) / each);
}

/// The most bytes of a block: `preferred`, or what a `chunk` of the source and its results take, since each part of a
/// chunk unpacks it whole; unless that is more than 32 MiB.
[[nodiscard]] constexpr std::size_t bytes_with_chunk(std::size_t preferred, std::size_t chunk) noexcept {
    return chunk <= std::size_t{32} << 20U ? std::max(preferred, chunk) : preferred;
}

/// Granules between the ends of two chunks of a source, of `run` items each; 1 where the places of what is to do are
/// not granules in a row, or these fit no chunks.
[[nodiscard]] inline std::size_t granules_of_chunk(std::size_t run, const plan& what) {
    const std::size_t length = what.grid.length();
    return what.grid.linear() && what.remaining.size() == what.grid.count() && run % length == 0 ? run / length : 1;
}

/// Learns how many items make a block of the wanted duration. Starts with one item and at most quadruples from block to
/// block, so that a few costly first items do no harm; the latest blocks count most. Thread-safe; `learn` is for every
/// block, `items` before each.
class block_sizer {
public:
    block_sizer(double seconds_per_block, std::size_t most_items)
        : target_(seconds_per_block), most_(std::max<std::size_t>(1, most_items)) {}

    [[nodiscard]] std::size_t items() const noexcept { return next_.load(std::memory_order_relaxed); }

    /// Items between two looks at the stop flag: one, or, for items so quick that looking would be felt (below 50 ns),
    /// what takes about 3 microseconds, at most 256.
    [[nodiscard]] std::size_t items_between_checks() const noexcept { return checks_.load(std::memory_order_relaxed); }

    /// Whether writing takes so much longer than computing that `workers` are quicker if they write themselves: another
    /// thread takes about 1.6 of what they take (measured), since what it writes is in their caches.
    [[nodiscard]] bool writing_outweighs(std::size_t workers) const noexcept {
        return each_.load(std::memory_order_relaxed) <
               (1.6 * static_cast<double>(workers) - 1) * writing_each_.load(std::memory_order_relaxed);
    }
    /// For every block that was written, by one thread at a time.
    void learn_writing(std::size_t items, double seconds) noexcept {
        if (items != 0) {
            const double latest = seconds / static_cast<double>(items);
            writing_each_.store((writing_each_.load(std::memory_order_relaxed) + latest) / 2,
                                std::memory_order_relaxed);
        }
    }

    void learn(std::size_t items, double seconds) noexcept {
        if (items == 0) {
            return;
        }
        const double latest = std::max(0.05e-9, seconds / static_cast<double>(items));
        const double before = each_.load(std::memory_order_relaxed);
        const double each = before == 0 ? latest : (before + latest) / 2; // half the weight to the latest block
        each_.store(each, std::memory_order_relaxed);
        const std::size_t now = next_.load(std::memory_order_relaxed);
        next_.store(std::min(clamp(target_ / each, most_), std::max(now, items) * 4), std::memory_order_relaxed);
        checks_.store(each < 50e-9 ? clamp(3.2e-6 / each, 256) : 1, std::memory_order_relaxed);
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
    std::atomic<std::size_t> checks_{1};
    std::atomic<double> each_{0}; // seconds per item; 0: nothing known yet
    std::atomic<double> writing_each_{0};
};

} // namespace distproc::detail
