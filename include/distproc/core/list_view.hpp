// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

namespace distproc {

/// What a writer's session gets for an item whose compute returns a `std::vector<E>`: its values, which live only while
/// `write` is at work. Never to be stored or sent as it is.
template <element E>
struct list_view {
    const E* data = nullptr;
    std::size_t size = 0;

    [[nodiscard]] std::span<const E> values() const noexcept { return {data, size}; }
};

namespace detail {

template <class Result>
inline constexpr bool is_list = false;
template <class E>
inline constexpr bool is_list<list_view<E>> = true;

template <class Returned>
inline constexpr bool is_vector = false;
template <class E, class Allocator>
inline constexpr bool is_vector<std::vector<E, Allocator>> = true;

/// What sessions get of what a compute returns: the same, or a view of a vector's elements.
template <class Returned>
struct stored {
    using type = Returned;
};
template <class E, class Allocator>
    requires(element<E> && !std::same_as<E, bool>)
struct stored<std::vector<E, Allocator>> {
    using type = list_view<E>;
};
template <class Returned>
using stored_t = typename stored<Returned>::type;

/// The elements of a list.
template <class Result>
struct list_parts;
template <class E>
struct list_parts<list_view<E>> {
    using value = E;
};
template <class Result>
    requires is_list<Result>
using list_value_t = typename list_parts<Result>::value;

} // namespace detail
} // namespace distproc
