// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/array_record.hpp>
#include <distproc/core/compute.hpp>
#include <distproc/core/context.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/function_ref.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/prefetch.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/flow/hand_over.hpp>
#include <distproc/source/concepts.hpp>

#include <algorithm>
#include <cfenv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Puts the floating-point environment (rounding mode, traps) of the caller of `execute` into force in a worker.
class floating_point_scope {
public:
    explicit floating_point_scope(const std::fenv_t& callers) {
        std::fegetenv(&own_);
        std::fesetenv(&callers);
    }
    floating_point_scope(const floating_point_scope&) = delete;
    floating_point_scope& operator=(const floating_point_scope&) = delete;
    ~floating_point_scope() { std::fesetenv(&own_); }

private:
    std::fenv_t own_{};
};

/// A thread that does `work`, which must live until it has, in the floating-point environment `callers`.
[[nodiscard]] inline std::thread start_lane(const std::fenv_t& callers, function_ref<void()> work) {
    return std::thread([callers, work] {
        const floating_point_scope scope(callers);
        work();
    });
}

/// The cell form's input: items side by side at an aligned address; in place where the source has them so. Where items
/// are spans, each span's numbers lie at an aligned address.
template <class Opened>
class cell_input {
    using value = std::remove_cvref_t<typename Opened::item>;

public:
    /// Items [first, first + count); `next` more will be asked for right after them.
    std::span<const value> operator()(const Opened& source, std::size_t first, std::size_t count, std::size_t next,
                                      const staging& stage, std::size_t slot) {
        if constexpr (!is_span<value> && requires {
                                             { source.contiguous() } -> std::convertible_to<const value*>;
                                         }) {
            const value* there = source.contiguous() + first;
            if constexpr (!std::is_trivially_copyable_v<value>) {
                return {there, count};
            } else {
                if (is_aligned(there)) {
                    return {there, count};
                }
                copy_.grow(count * sizeof(value));
                std::memcpy(static_cast<void*>(copy_.data()), there, count * sizeof(value));
                prefetch(there + count, next * sizeof(value));
                return {reinterpret_cast<const value*>(copy_.data()), count};
            }
        } else {
            static_assert(std::is_trivially_copy_constructible_v<value>,
                          "a cell compute needs its items side by side: give execute a contiguous range, or items that "
                          "are trivially copyable");
            copy_.grow(count * sizeof(value));
            conveyors_.resize(std::max(conveyors_.size(), count));
            auto* values = reinterpret_cast<value*>(copy_.data());
            for (std::size_t k = 0; k < count; ++k) {
                std::construct_at(values + k, conveyors_[k](source.at(first + k, stage, slot + k)));
            }
            return {values, count};
        }
    }

private:
    aligned_buffer copy_;
    std::vector<hand_over<fetched_t<Opened>>> conveyors_; // one per item, since each may hold an aligned copy
};

/// One worker's way of calling the compute: its copy or a reference, its scratch memory, its context.
template <class Opened, class Compute>
class worker {
public:
    using item = typename Opened::item;
    using traits = compute_traits<Compute, item>;
    using result = typename traits::result;

    /// `per_item`: values that each item has in the output.
    worker(const Opened& source, const Compute& compute, const run_flags& flags, std::uint64_t seed,
           std::size_t per_item)
        : source_(source), compute_(compute), flags_(flags), per_item_(per_item), elements_(per_item),
          context_(seed, flags, timings_) {
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
        constexpr std::size_t cell = traits::cell();
        const std::size_t step = (std::max<std::size_t>(1, between_checks) + cell - 1) / cell * cell;
        std::size_t done = 0;
        while (done < run.size() && !failure_ && !flags_.stopping()) {
            const std::size_t count = std::min(step, run.size() - done);
            if constexpr (traits::form == compute_form::cell) {
                done += cells({run.first + done, run.first + done + count}, run.last, stage, slot + done,
                              out + done * per_item_);
            } else {
                done += items(run.first + done, count, stage, slot + done, out + done * per_item_);
            }
        }
        return done;
    }

    /// Items computed into the cache before they are handed to a session that takes them at once; whole cells. One
    /// where the results are lists, which the worker keeps meanwhile and which may have any length.
    [[nodiscard]] static constexpr std::size_t items_at_once(std::size_t object_bytes) noexcept {
        constexpr std::size_t cell = traits::cell();
        const std::size_t fitting = traits::lists ? 1 : (std::size_t{8} << 10U) / object_bytes;
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
    [[nodiscard]] const monitor& timings() const noexcept { return timings_; }

private:
    std::size_t items(std::size_t first, std::size_t count, const staging stage, std::size_t slot, result* out) {
        std::size_t k = 0;
        try {
            for (; k < count; ++k) {
                if constexpr (traits::form == compute_form::item_with_context) {
                    context_.move_to(first + k);
                    keep(out[k], call(compute_, convey_(source_.at(first + k, stage, slot + k)), context_));
                } else if constexpr (arrays) {
                    array(first + k, convey_(source_.at(first + k, stage, slot + k)), out + k * per_item_);
                } else {
                    keep(out[k], call(compute_, convey_(source_.at(first + k, stage, slot + k))));
                }
            }
        } catch (...) {
            fail_at(first + k);
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
                context_.move_to(index);
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
        try {
            while (k < part.size()) {
                const std::size_t first = part.first + k;
                const std::size_t size = std::min(traits::cell(), part.size() - k);
                const std::size_t next = std::min(traits::cell(), last - first - size);
                const std::size_t values = size * per_item_;
                result* to = out + k * per_item_;
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
            }
        } catch (...) {
            fail_at(part.first + k);
        }
        return k;
    }

    result* scratch(std::size_t values) {
        output_.grow(values * sizeof(result));
        return reinterpret_cast<result*>(output_.data());
    }

    void fail_at(std::size_t item) noexcept {
        failed_ = item;
        failure_ = std::current_exception();
    }

    using held = std::conditional_t<traits::shared, const Compute&, Compute>;
    struct nothing {};
    static constexpr bool cellwise = traits::form == compute_form::cell;
    static constexpr bool arrays =
        traits::form == compute_form::array || traits::form == compute_form::array_with_context;

    const Opened& source_;
    held compute_;
    const run_flags& flags_;
    std::size_t per_item_;
    std::size_t elements_; ///< of an array
    monitor timings_;
    context context_;
    std::size_t failed_ = no_item;
    std::exception_ptr failure_;
    [[no_unique_address]] std::conditional_t<cellwise, nothing, hand_over<fetched_t<Opened>>> convey_;
    [[no_unique_address]] std::conditional_t<cellwise, cell_input<Opened>, nothing> input_;
    aligned_buffer output_;
    [[no_unique_address]] std::conditional_t<traits::lists, std::vector<typename traits::returned>, nothing> kept_;
    std::size_t kept_count_ = 0;
};

} // namespace distproc::detail
