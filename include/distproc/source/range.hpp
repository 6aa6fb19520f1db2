// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/source/concepts.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc {

namespace detail {
/// Items are read-only for computes, whatever the range would allow.
template <class Reference>
struct read_only {
    using type = Reference;
};
template <class T>
struct read_only<T&> {
    using type = const T&;
};
template <class T, std::size_t Extent>
struct read_only<std::span<T, Extent>> {
    using type = std::span<const T>;
};
template <class T, std::size_t Extent>
struct read_only<std::span<T, Extent>&> : read_only<std::span<T, Extent>> {};
template <class T, std::size_t Extent>
struct read_only<const std::span<T, Extent>&> : read_only<std::span<T, Extent>> {};
} // namespace detail

/// A random-access range as a source, without a copy: `std::vector`, `std::span`, `std::views::iota` and the like need
/// no more than to be named in the call of `execute`. Write `range_source{values, {50, 50}}` to give the items axes.
///
/// Every rank must hold the same range. An lvalue is referred to and must live as long as the run; an rvalue is kept.
/// `Range` is an lvalue reference type in the first case. (It stands on iterators alone, since clang 15 cannot compile
/// the views of libstdc++ 12.)
template <class Range>
    requires std::ranges::random_access_range<const std::remove_reference_t<Range>> &&
             std::ranges::sized_range<const std::remove_reference_t<Range>>
class range_source {
    using range = const std::remove_reference_t<Range>;
    using iterator = std::ranges::iterator_t<range>;

public:
    using item = typename detail::read_only<std::iter_reference_t<iterator>>::type;

    explicit range_source(Range&& from) : range_(keep(std::forward<Range>(from))), items_{std::ranges::size(get())} {}

    /// `items`: extents of the item axes. Throws `error` where their product is not the length of the range.
    range_source(Range&& from, shape items) : range_(keep(std::forward<Range>(from))), items_(std::move(items)) {
        if (volume(items_) != std::ranges::size(get())) {
            throw error("a range of " + std::to_string(std::ranges::size(get())) + " items cannot have item axes of " +
                        to_string(items_) + "; their product must be the length of the range");
        }
    }

    /// The range as a run uses it: an iterator and the item axes.
    class opened {
    public:
        using item = range_source::item;
        static constexpr bool reads_beside_writes = true; // nothing is read
        [[nodiscard]] static constexpr bool concurrent_reads() noexcept { return true; }

        opened(iterator begin, shape items) : begin_(std::move(begin)), items_(std::move(items)) {}

        [[nodiscard]] const shape& items() const noexcept { return items_; }
        [[nodiscard]] std::string description() const {
            return "range of " + std::to_string(volume(items_)) + " items in memory";
        }
        [[nodiscard]] static std::vector<std::string> files() { return {}; }
        [[nodiscard]] static constexpr std::size_t staging_bytes(std::size_t) noexcept { return 0; }
        [[nodiscard]] static constexpr std::size_t read(std::size_t, std::size_t, const staging&,
                                                        std::size_t) noexcept {
            return 0;
        }
        [[nodiscard]] item at(std::size_t index, const staging&, std::size_t) const {
            return begin_[static_cast<std::iter_difference_t<iterator>>(index)];
        }
        /// The items as one piece of memory, where they are: cell computes then read in place.
        [[nodiscard]] auto contiguous() const
            requires std::contiguous_iterator<iterator>
        {
            return std::to_address(begin_);
        }

    private:
        iterator begin_;
        shape items_;
    };

    [[nodiscard]] opened open() const { return opened(std::ranges::begin(get()), items_); }

private:
    static constexpr bool refers = std::is_lvalue_reference_v<Range>;
    using held = std::conditional_t<refers, range*, std::remove_const_t<std::remove_reference_t<Range>>>;

    static held keep(Range&& from) {
        if constexpr (refers) {
            return std::addressof(from);
        } else {
            return std::move(from);
        }
    }
    [[nodiscard]] range& get() const noexcept {
        if constexpr (refers) {
            return *range_;
        } else {
            return range_;
        }
    }

    held range_;
    shape items_;
};

template <class Range>
range_source(Range&&) -> range_source<Range>;
template <class Range>
range_source(Range&&, shape) -> range_source<Range>;

} // namespace distproc
