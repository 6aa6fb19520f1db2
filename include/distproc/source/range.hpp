// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <iterator>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include <distproc/source/concepts.hpp>

namespace distproc {

/// A random-access range as a source, without a copy: `std::vector`, `std::span`, `std::views::iota` and the like need no
/// more than to be named in the call of `execute`. Write `range_source{values, {50, 50}}` to give the items axes.
///
/// Every rank must hold the same range. An lvalue is referred to and must live as long as the run; an rvalue is kept.
template <std::ranges::view View>
    requires std::ranges::random_access_range<const View> && std::ranges::sized_range<const View>
class range_source {
public:
    using item = std::ranges::range_reference_t<const View>;

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

    [[nodiscard]] const range_source& open() const noexcept { return *this; }
    [[nodiscard]] const shape& items() const noexcept { return items_; }
    [[nodiscard]] std::string description() const {
        return "range of " + std::to_string(std::ranges::size(view_)) + " items in memory";
    }
    [[nodiscard]] std::vector<std::string> files() const { return {}; }

    [[nodiscard]] static constexpr std::size_t staging_bytes(std::size_t) noexcept { return 0; }
    [[nodiscard]] static constexpr std::size_t read(std::size_t, std::size_t, const staging&, std::size_t) noexcept {
        return 0;
    }
    [[nodiscard]] item at(std::size_t index, const staging&, std::size_t) const {
        return std::ranges::begin(view_)[static_cast<std::ranges::range_difference_t<const View>>(index)];
    }

    /// Items as one piece of memory, where the range is one: lets cell computes read in place.
    [[nodiscard]] auto contiguous() const
        requires std::ranges::contiguous_range<const View>
    {
        return std::ranges::data(view_);
    }

private:
    View view_;
    shape items_;
};

template <class Range>
range_source(Range&&) -> range_source<std::views::all_t<Range>>;
template <class Range>
range_source(Range&&, shape) -> range_source<std::views::all_t<Range>>;

} // namespace distproc
