// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/monitor.hpp>
#include <distproc/core/random_stream.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/core/worker_now.hpp>

#include <cstddef>
#include <cstdint>

namespace distproc {

/// The optional second argument of a compute: what it may know and use beside its item.
class context {
public:
    context(std::uint64_t seed, const run_flags& flags, const worker_now& note, monitor& timings) noexcept
        : seed_(seed), random_(seed, 0), flags_(&flags), note_(&note), monitor_(&timings) {}

    /// Index of the item, row-major over the item axes.
    [[nodiscard]] std::size_t item() const noexcept { return item_; }

    /// 0; where the item is tried again after it threw (see `error_policy`), how often it has been tried.
    [[nodiscard]] std::size_t attempt() const noexcept { return attempt_; }

    /// The random stream that belongs to the item: the same numbers on every executor, rank and thread, and after a
    /// resume. It starts afresh with each item.
    [[nodiscard]] random_stream& random() noexcept {
        if (!fresh_) {
            random_ = random_stream(seed_, item_);
            fresh_ = true;
        }
        return random_;
    }

    /// Stopwatches by name: `auto timed = context.timings().measure("fft");`. They end up in the report.
    [[nodiscard]] distproc::monitor& timings() noexcept { return *monitor_; }

    /// True once the run is ending: a long item may return early; its result counts as any other. True too once the
    /// item has taken longer than `options::item_timeout`: it should return or throw, and counts as failed.
    [[nodiscard]] bool stop_requested() const noexcept { return flags_->stopping() || note_->is_late(); }

    /// For the library: moves on to the next item, or to its next attempt.
    void move_to(std::size_t item, std::size_t attempt = 0) noexcept {
        item_ = item;
        attempt_ = attempt;
        fresh_ = false;
    }

private:
    std::uint64_t seed_;
    std::size_t item_ = 0;
    std::size_t attempt_ = 0;
    bool fresh_ = false;
    random_stream random_;
    const run_flags* flags_;
    const worker_now* note_;
    distproc::monitor* monitor_;
};

} // namespace distproc
