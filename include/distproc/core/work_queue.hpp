// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/index_set.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace distproc {

/// A range of work units that many workers take from in front and thieves from behind: one lock-free word, so that it
/// works between threads and, in shared memory, between processes. Every unit is handed out once.
///
/// Taking costs one compare-and-swap. Holds at most 2^32 - 1 units; see `granules_per_unit`.
class work_queue {
public:
    static constexpr std::size_t max_units = std::numeric_limits<std::uint32_t>::max();

    work_queue() = default;

    /// Puts [first, last) into an empty queue. To be called by one owner only.
    void refill(index_range units) noexcept { word_.store(pack(units)); }

    [[nodiscard]] std::size_t remaining() const noexcept {
        return unpack(word_.load(std::memory_order_relaxed)).size();
    }

    /// Takes at most `most` units from the front; `most` shrinks towards the end, so that `workers` finish together: a
    /// worker never takes more than a quarter of its share of what is left. Where it can, it ends at a multiple of
    /// `multiple`. Empty where nothing is left.
    [[nodiscard]] index_range take(std::size_t most, std::size_t workers, std::size_t multiple = 1) noexcept {
        std::uint64_t seen = word_.load(std::memory_order_relaxed);
        for (;;) {
            const index_range left = unpack(seen);
            if (left.empty()) {
                return {};
            }
            const std::size_t fair = std::max<std::size_t>(1, left.size() / (4 * workers));
            const std::size_t count = std::min(std::max<std::size_t>(1, most), workers == 1 ? left.size() : fair);
            const std::size_t end = left.first + std::min(count, left.size());
            const std::size_t rounded = end - end % multiple;
            const index_range taken{left.first, rounded > left.first ? rounded : end};
            if (word_.compare_exchange_weak(seen, pack({taken.last, left.last}))) {
                return taken;
            }
        }
    }

    /// Takes the rear half of what is left (all of it where one unit is left).
    [[nodiscard]] index_range steal_half() noexcept {
        std::uint64_t seen = word_.load(std::memory_order_relaxed);
        for (;;) {
            const index_range left = unpack(seen);
            const std::size_t kept = left.size() / 2;
            if (left.empty()) {
                return {};
            }
            if (word_.compare_exchange_weak(seen, pack({left.first, left.first + kept}))) {
                return {left.first + kept, left.last};
            }
        }
    }

private:
    static constexpr std::uint64_t pack(index_range r) noexcept {
        return (static_cast<std::uint64_t>(r.first) << 32U) | static_cast<std::uint64_t>(r.last);
    }
    static constexpr index_range unpack(std::uint64_t word) noexcept {
        return {static_cast<std::size_t>(word >> 32U), static_cast<std::size_t>(word & 0xffffffffU)};
    }

    alignas(64) std::atomic<std::uint64_t> word_{0};
};

/// How many granules one queue unit stands for, so that any number of granules fits into a `work_queue`.
[[nodiscard]] constexpr std::size_t granules_per_unit(std::size_t granules) noexcept {
    return granules / work_queue::max_units + 1;
}

} // namespace distproc
