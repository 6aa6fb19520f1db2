// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/array_record.hpp>
#include <distproc/core/compute.hpp>
#include <distproc/core/context.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/options.hpp>
#include <distproc/core/prefetch.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/core/worker_now.hpp>
#include <distproc/flow/cell_input.hpp>
#include <distproc/flow/hand_over.hpp>
#include <distproc/source/concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc::detail {

/// One worker's way of calling the compute: its copy or a reference, its scratch memory, its context.
template <class Opened, class Compute>
class worker {
public:
    using item = typename Opened::item;
    using traits = compute_traits<Compute, item>;
    using result = typename traits::result;

    /// `log`: of the items that the run goes on without, where `errors` say so. `note`: where others look for what it
    /// is at.
    worker(const Opened& source, const Compute& compute, const run_flags& flags, std::uint64_t seed,
           const result_layout& layout, const error_policy& errors, failure_log& log, worker_now* note = nullptr)
        : source_(source), compute_(compute), flags_(flags), layout_(layout), errors_(errors), log_(log),
          note_(note == nullptr ? own_note_ : *note), per_item_(layout.per_item), elements_(layout.per_item),
          context_(seed, flags, note_, timings_) {
        if constexpr (is_array_record<result>) {
            elements_ = volume(compute.result_shape());
        }
    }

    /// Computes items `run` into `out` (of lists: views, valid until the next call), looking at the stop flag every
    /// `between_checks` items. Returns how many it did: fewer where the run is stopping, or where the compute threw,
    /// which `failure()` then holds.
    std::size_t operator()(index_range run, const staging& stage, std::size_t slot, result* out,
                           std::size_t between_checks) {
        kept_count_ = 0;
        skipped_.clear();
        constexpr std::size_t cell = traits::cell();
        const std::size_t step = (std::max<std::size_t>(1, between_checks) + cell - 1) / cell * cell;
        const bool each = between_checks <= 1; // what is quicker would feel a note of every step
        std::size_t done = 0;
        while (done < run.size() && !failure_ && !flags_.stopping()) {
            const std::size_t count = std::min(step, run.size() - done);
            if (each || done == 0) {
                note_.begin(run.first + done, each ? count : run.size());
            }
            std::size_t now = 0;
            if constexpr (traits::form == compute_form::cell) {
                now = cells({run.first + done, run.first + done + count}, run.last, stage, slot + done,
                            out + done * per_item_);
            } else {
                now = items(run.first + done, count, stage, slot + done, out + done * per_item_);
            }
            if (each && note_.is_late() && !failure_) {
                now = give_up_late(run.first + done, now, out + done * per_item_);
            }
            done += now;
        }
        note_.end();
        return done;
    }

    /// Items computed into the cache before they are handed to a session that takes them at once; whole cells: 2 KiB,
    /// of which a core can have all lines on their way from memory, meanwhile. One where the results are lists, which
    /// the worker keeps meanwhile and which may have any length.
    [[nodiscard]] static constexpr std::size_t items_at_once(std::size_t object_bytes) noexcept {
        constexpr std::size_t cell = traits::cell();
        const std::size_t fitting = traits::lists ? 1 : (std::size_t{2} << 10U) / object_bytes;
        return (std::max<std::size_t>(1, fitting) + cell - 1) / cell * cell;
    }

    /// Lets memory bring the first of these items while something else is done.
    void expect(index_range run) const noexcept {
        if constexpr (requires { source_.contiguous(); }) {
            prefetch(source_.contiguous() + run.first, run.size() * sizeof(*source_.contiguous()));
        }
    }

    /// What the compute threw, if it did; and at which item (the first of its cell).
    [[nodiscard]] const std::exception_ptr& failure() const noexcept { return failure_; }
    [[nodiscard]] std::size_t failed_item() const noexcept { return failed_; }
    /// Items of the last call that have a mark in place of a result, ascending.
    [[nodiscard]] const std::vector<index_range>& skipped() const noexcept { return skipped_; }
    [[nodiscard]] const monitor& timings() const noexcept { return timings_; }

private:
    std::size_t items(std::size_t first, std::size_t count, const staging stage, std::size_t slot, result* out) {
        std::size_t k = 0;
        while (k < count) {
            try {
                for (; k < count; ++k) {
                    if constexpr (traits::form == compute_form::item_with_context) {
                        context_.move_to(first + k, attempt_of(first + k));
                        keep(out[k], call(compute_, convey_(source_.at(first + k, stage, slot + k)), context_));
                    } else if constexpr (arrays) {
                        array(first + k, convey_(source_.at(first + k, stage, slot + k)), out + k * per_item_);
                    } else {
                        keep(out[k], call(compute_, convey_(source_.at(first + k, stage, slot + k))));
                    }
                }
            } catch (...) {
                switch (after_failure(first + k, 1, out + k * per_item_)) {
                case next::again:
                    break;
                case next::skip:
                    ++k;
                    break;
                case next::stop:
                    return k;
                }
            }
        }
        return k;
    }

    /// A list stays here until the next call of this worker; `out` shows where.
    template <class Value>
    void keep(result& out, Value&& value) {
        if constexpr (traits::lists) {
            if (kept_count_ == kept_.size()) {
                kept_.emplace_back();
            }
            typename traits::returned& list = kept_[kept_count_++] = std::forward<Value>(value);
            out = {list.data(), list.size()};
        } else {
            out = std::forward<Value>(value);
        }
    }

    /// An array at an aligned address, zeroes at first, and what the compute returns beside it.
    template <class Item>
    void array(std::size_t index, Item&& in, result* out) {
        using element = typename Compute::result_type;
        result* const there = is_aligned(out) ? out : scratch(per_item_);
        std::span<element> filled(reinterpret_cast<element*>(there), elements_);
        std::fill(filled.begin(), filled.end(), element{});
        const auto fill = [&]() -> decltype(auto) {
            if constexpr (traits::form == compute_form::array_with_context) {
                context_.move_to(index, attempt_of(index));
                return call(compute_, std::forward<Item>(in), context_, filled);
            } else {
                return call(compute_, std::forward<Item>(in), filled);
            }
        };
        if constexpr (is_array_record<result>) {
            const typename result::record_type beside = fill();
            std::memcpy(reinterpret_cast<std::byte*>(out) + result::record_offset(filled.size_bytes()),
                        std::addressof(beside), sizeof(beside));
        } else {
            fill();
        }
        if (there != out) {
            std::memcpy(static_cast<void*>(out), filled.data(), filled.size_bytes());
        }
    }

    /// Cells of `part`; the run goes on to `last`.
    std::size_t cells(index_range part, std::size_t last, const staging stage, std::size_t slot, result* out) {
        std::size_t k = 0;
        while (k < part.size()) {
            const std::size_t first = part.first + k;
            const std::size_t size = std::min(traits::cell(), part.size() - k);
            result* to = out + k * per_item_;
            try {
                const std::size_t next = std::min(traits::cell(), last - first - size);
                const std::size_t values = size * per_item_;
                if (is_aligned(to)) {
                    compute_(input_(source_, first, size, next, stage, slot + k), std::span<result>(to, values));
                } else {
                    prefetch(to, values * sizeof(result));
                    const auto input = input_(source_, first, size, next, stage, slot + k);
                    result* there = scratch(values);
                    compute_(input, std::span<result>(there, values));
                    std::memcpy(static_cast<void*>(to), there, values * sizeof(result));
                }
                k += size;
            } catch (...) {
                switch (after_failure(first, size, to)) {
                case next::again:
                    break;
                case next::skip:
                    k += size;
                    break;
                case next::stop:
                    return k;
                }
            }
        }
        return k;
    }

    result* scratch(std::size_t values) {
        output_.grow(values * sizeof(result));
        return reinterpret_cast<result*>(output_.data());
    }

    enum class next : unsigned char { again, skip, stop };

    /// Of the exception in hand, which the `count` items from `first` on threw together: what comes next. Those that
    /// are skipped get their marks.
    next after_failure(std::size_t first, std::size_t count, result* out) noexcept {
        if (attempt_of(first) < errors_.retries && !flags_.stopping() && !note_.is_late()) {
            attempt_ = attempt_of(first) + 1;
            tried_ = first;
            note_.begin(first, count); // its time begins again
            return next::again;
        }
        failure_ = std::current_exception();
        failed_ = first;
        if (errors_.skip) {
            try {
                skipped_.push_back({first, first + count});
                log_.note_skipped(first, count);
                mark(out, count);
                failure_ = nullptr;
                return next::skip;
            } catch (...) { // no memory to note it
            }
        }
        return next::stop;
    }
    /// Of `count` items that have taken too long, but are computed or skipped. Returns how many of them are done.
    std::size_t give_up_late(std::size_t first, std::size_t count, result* out) noexcept {
        if (count == 0 || (!skipped_.empty() && skipped_.back().last == first + count)) {
            return count;
        }
        try {
            throw error("it took longer than options::item_timeout");
        } catch (...) {
            attempt_ = errors_.retries; // one more time would take as long
            tried_ = first;
            return after_failure(first, count, out) == next::skip ? count : 0;
        }
    }
    void mark(result* out, std::size_t count) const noexcept {
        if constexpr (traits::lists) {
            std::fill_n(out, count, result{});
        } else {
            layout_.fill_missing(reinterpret_cast<std::byte*>(out), count);
        }
    }
    /// How often an item was tried before.
    [[nodiscard]] std::size_t attempt_of(std::size_t item) const noexcept { return tried_ == item ? attempt_ : 0; }

    using held = std::conditional_t<traits::shared, const Compute&, Compute>;
    struct nothing {};
    static constexpr bool cellwise = traits::form == compute_form::cell;
    static constexpr bool arrays =
        traits::form == compute_form::array || traits::form == compute_form::array_with_context;

    const Opened& source_;
    held compute_;
    const run_flags& flags_;
    const result_layout& layout_;
    const error_policy& errors_;
    failure_log& log_;
    worker_now own_note_; // where nobody watches
    worker_now& note_;
    std::size_t per_item_;
    std::size_t elements_; ///< of an array
    monitor timings_;
    context context_;
    std::size_t failed_ = no_item;
    std::exception_ptr failure_;
    std::size_t tried_ = no_item; // the item that threw last, and how often
    std::size_t attempt_ = 0;
    std::vector<index_range> skipped_;
    [[no_unique_address]] std::conditional_t<cellwise, nothing, hand_over<fetched_t<Opened>>> convey_;
    [[no_unique_address]] std::conditional_t<cellwise, cell_input<Opened>, nothing> input_;
    aligned_buffer output_;
    [[no_unique_address]] std::conditional_t<traits::lists, std::vector<typename traits::returned>, nothing> kept_;
    std::size_t kept_count_ = 0;
};

} // namespace distproc::detail
