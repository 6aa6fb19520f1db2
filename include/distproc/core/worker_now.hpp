// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace distproc {

/// Which items a worker is at, for those who watch it; may lie in memory that the ranks of a node share. Written by one
/// worker, read by anybody, who may see the items of one moment and the turn of the next.
struct alignas(64) worker_now {
    std::atomic<std::uint64_t> first{no_item}; ///< the last that it began; `no_item`: none yet
    std::atomic<std::uint64_t> count{0};       ///< how many it takes between two such notes
    std::atomic<std::uint64_t> turn{0};        ///< goes on with each begin and end; odd while it is at its items
    std::atomic<std::uint64_t> late{0};        ///< the turn that a watcher thinks has lasted too long

    void begin(std::size_t item, std::size_t items) noexcept {
        first.store(item, std::memory_order_relaxed);
        count.store(items, std::memory_order_relaxed);
        const std::uint64_t before = turn.load(std::memory_order_relaxed);
        turn.store(before + 1 + before % 2, std::memory_order_relaxed);
    }
    void end() noexcept {
        const std::uint64_t before = turn.load(std::memory_order_relaxed);
        turn.store(before + before % 2, std::memory_order_relaxed);
    }

    [[nodiscard]] bool busy() const noexcept { return turn.load(std::memory_order_relaxed) % 2 == 1; }
    [[nodiscard]] bool is_late() const noexcept {
        return late.load(std::memory_order_relaxed) == turn.load(std::memory_order_relaxed) && busy();
    }
};

namespace detail {

/// "at item 17, 40", of workers that are busy; "after item 40", "before its first item" of those that are not.
/// `note_of(w)` for each of `workers`.
template <class NoteOf>
[[nodiscard]] std::string items_at_work(std::size_t workers, NoteOf&& note_of) {
    std::string at_work;
    std::uint64_t last = no_item;
    for (std::size_t w = 0; w < workers; ++w) {
        const worker_now& one = note_of(w);
        const std::uint64_t first = one.first.load(std::memory_order_relaxed);
        const std::uint64_t count = one.count.load(std::memory_order_relaxed);
        if (first == no_item) {
            continue;
        }
        last = last == no_item ? first : std::max(last, first);
        if (one.busy()) {
            at_work += (at_work.empty() ? "" : ", ") + std::to_string(first) +
                       (count > 1 ? " to " + std::to_string(first + count - 1) : "");
        }
    }
    return !at_work.empty()  ? "at item " + at_work
           : last != no_item ? "after item " + std::to_string(last)
                             : "before its first item";
}

} // namespace detail
} // namespace distproc
