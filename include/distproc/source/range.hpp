// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <distproc/source/concepts.hpp>

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

/// A random-access range as a source, without a copy: `std::vector`, `std::span`, `std::views::iota` and the like need no
/// more than to be named in the call of `execute`. Write `range_source{values, {50, 50}}` to give the items axes.
///
/// Every rank must hold the same range. An lvalue is referred to and must live as long as the run; an rvalue is kept.
template <std::ranges::view View>
    requires std::ranges::random_access_range<const View> && std::ranges::sized_range<const View>
class range_source {
public:
    using item = typename detail::read_only<std::ranges::range_reference_t<const View>>::type;

    explicit range_source(View view) : view_(std::move(view)), items_{std::ranges::size(view_)} {}

    /// `items`: extents of the item axes. Throws `error` where their product is not the length of the range.
    range_source(View view, shape items) : view_(std::move(view)), items_(std::move(items)) {
        if (volume(items_) != std::ranges::size(view_)) {
            throw error("a range of " + std::to_string(std::ranges::size(view_)) + " items cannot have item axes of " +
                        to_string(items_) + "; their product must be the length of the range");
        }
    }

    template <std::ranges::viewable_range Range>
        requires(!std::ranges::view<std::remove_cvref_t<Range>>)
    explicit range_source(Range&& range) : range_source(std::views::all(std::forward<Range>(range))) {}

    template <std::ranges::viewable_range Range>
        requires(!std::ranges::view<std::remove_cvref_t<Range>>)
    range_source(Range&& range, shape items)
        : range_source(std::views::all(std::forward<Range>(range)), std::move(items)) {}

    /// The range as a run uses it: an iterator and the item axes.
    class opened {
    public:
        using item = range_source::item;

        explicit opened(const range_source& from) : begin_(std::ranges::begin(from.view_)), items_(from.items_) {}

        [[nodiscard]] const shape& items() const noexcept { return items_; }
        [[nodiscard]] std::string description() const {
            return "range of " + std::to_string(volume(items_)) + " items in memory";
        }
        [[nodiscard]] static std::vector<std::string> files() { return {}; }
        [[nodiscard]] static constexpr std::size_t staging_bytes(std::size_t) noexcept { return 0; }
        [[nodiscard]] static constexpr std::size_t read(std::size_t, std::size_t, const staging&, std::size_t) noexcept {
            return 0;
        }
        [[nodiscard]] item at(std::size_t index, const staging&, std::size_t) const {
            return begin_[static_cast<std::ranges::range_difference_t<const View>>(index)];
        }
        /// The items as one piece of memory, where they are: cell computes then read in place.
        [[nodiscard]] auto contiguous() const
            requires std::ranges::contiguous_range<const View>
        {
            return std::to_address(begin_);
        }

    private:
        std::ranges::iterator_t<const View> begin_;
        shape items_;
    };

    [[nodiscard]] opened open() const { return opened(*this); }

private:
    View view_;
    shape items_;
};

template <class Range>
range_source(Range&&) -> range_source<std::views::all_t<Range>>;
template <class Range>
range_source(Range&&, shape) -> range_source<std::views::all_t<Range>>;

} // namespace distproc
