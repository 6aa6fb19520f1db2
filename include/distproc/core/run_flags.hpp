// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <atomic>
#include <cstdint>

namespace distproc {

/// Why workers take no further item.
enum class stop_cause : std::uint32_t { none = 0, requested = 1, failed = 2 };

/// The news of one node: lives in memory that its ranks share (address-free atomics only, no pointer).
struct run_flags {
    alignas(64) std::atomic<std::uint32_t> stop{0};
    /// Items finished by the ranks of this node, and by all other nodes as far as is known here.
    alignas(64) std::atomic<std::uint64_t> items_done{0};
    std::atomic<std::uint64_t> items_done_elsewhere{0};

    [[nodiscard]] bool stopping() const noexcept { return stop.load(std::memory_order_relaxed) != 0; }
    [[nodiscard]] stop_cause cause() const noexcept { return static_cast<stop_cause>(stop.load()); }

    /// Asks everybody who sees these flags to stop; a failure outranks a request. Safe in a signal handler.
    void request(stop_cause cause) noexcept {
        const auto wanted = static_cast<std::uint32_t>(cause);
        std::uint32_t seen = stop.load();
        while (seen < wanted && !stop.compare_exchange_weak(seen, wanted)) {
        }
    }
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free,
              "distproc shares counters between processes and needs lock-free 64-bit atomics");

} // namespace distproc
