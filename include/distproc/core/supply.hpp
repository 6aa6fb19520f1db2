// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/index_set.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/core/work_queue.hpp>
#include <distproc/core/worker_now.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace distproc {

/// Where the workers of a rank take their blocks. Units are places in the plan's list of granules to do.
///
/// | expression     | meaning |
/// |----------------|---------|
/// | `take(most)`   | at most `most` units that nobody else gets; empty where none is at hand now. Thread-safe, never waits |
/// | `take(most, multiple)` | optional: the same, ending at a multiple of `multiple` rather than in between, where `most` reaches that far |
/// | `exhausted()`  | no more will come (an empty `take` without this means: ask again in a moment) |
/// | `flags()`      | the node's news: stop, items done |
/// | `note_of(w)`   | optional: the `worker_now` in which worker w of this rank notes what it is at |
/// | `finish(idle)` | collective: this rank takes no more; returns when no rank does, calling `idle()` meanwhile |
template <class S>
concept work_supply = requires(S& s, std::size_t most) {
                          { s.take(most) } -> std::same_as<index_range>;
                          { s.exhausted() } -> std::same_as<bool>;
                          { s.flags() } -> std::same_as<run_flags&>;
                          s.finish([] {});
                      };

/// All units for the workers of one process.
class local_supply {
public:
    local_supply(std::size_t granules, std::size_t workers)
        : state_(std::make_unique<state>(std::max<std::size_t>(1, workers))), step_(granules_per_unit(granules)),
          granules_(granules), workers_(workers) {
        state_->queue.refill({0, (granules + step_ - 1) / step_});
    }

    [[nodiscard]] index_range take(std::size_t most, std::size_t multiple = 1) noexcept {
        const index_range units =
            state_->queue.take(most / step_, workers_, std::max<std::size_t>(1, multiple / step_));
        return {std::min(units.first * step_, granules_), std::min(units.last * step_, granules_)};
    }
    [[nodiscard]] bool exhausted() const noexcept { return state_->queue.remaining() == 0; }
    [[nodiscard]] run_flags& flags() noexcept { return state_->flags; }
    [[nodiscard]] worker_now& note_of(std::size_t w) noexcept { return state_->notes[w % state_->notes.size()]; }
    template <class Idle>
    void finish(Idle&&) noexcept {}

private:
    struct state {
        explicit state(std::size_t workers) : notes(workers) {}
        work_queue queue;
        run_flags flags;
        std::vector<worker_now> notes;
    };
    std::unique_ptr<state> state_;
    std::size_t step_;
    std::size_t granules_;
    std::size_t workers_;
};

static_assert(work_supply<local_supply>);

/// At least one unit, if there is one, and at most `most`; up to a multiple of `multiple` where the supply can do that.
[[nodiscard]] index_range take_from(work_supply auto& supply, std::size_t most, std::size_t multiple) {
    most = std::max<std::size_t>(1, most);
    if constexpr (requires {
                      { supply.take(most, multiple) } -> std::same_as<index_range>;
                  }) {
        return supply.take(most, std::max<std::size_t>(1, multiple));
    } else {
        return supply.take(most);
    }
}

namespace detail {

/// There is nothing to take now, but other ranks may still give some.
inline void wait_for_other_ranks() { std::this_thread::sleep_for(std::chrono::microseconds(200)); }

/// Where a worker notes what it is at; null where nobody looks.
[[nodiscard]] worker_now* note_of([[maybe_unused]] work_supply auto& supply, [[maybe_unused]] std::size_t w) {
    if constexpr (requires { supply.note_of(w); }) {
        return &supply.note_of(w);
    } else {
        return nullptr;
    }
}

} // namespace detail
} // namespace distproc
