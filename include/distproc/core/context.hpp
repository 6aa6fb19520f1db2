// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/monitor.hpp>
#include <distproc/core/random_stream.hpp>
#include <distproc/core/run_flags.hpp>

#include <cstddef>
#include <cstdint>

namespace distproc {

/// The optional second argument of a compute: what it may know and use beside its item.
class context {
public:
    context(std::uint64_t seed, const run_flags& flags, monitor& timings) noexcept
        : seed_(seed), random_(seed, 0), flags_(&flags), monitor_(&timings) {}

    /// Index of the item, row-major over the item axes.
    [[nodiscard]] std::size_t item() const noexcept { return item_; }

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

    /// True once the run is ending: a long item may return early; its result counts as any other.
    [[nodiscard]] bool stop_requested() const noexcept { return flags_->stopping(); }

    /// For the library: moves on to the next item.
    void move_to(std::size_t item) noexcept {
        item_ = item;
        fresh_ = false;
    }

private:
    std::uint64_t seed_;
    std::size_t item_ = 0;
    bool fresh_ = false;
    random_stream random_;
    const run_flags* flags_;
    distproc::monitor* monitor_;
};

} // namespace distproc
