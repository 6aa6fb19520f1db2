// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/array_record.hpp>
#include <distproc/core/context.hpp>
#include <distproc/core/element.hpp>
#include <distproc/core/list_view.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/core/workspace.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace distproc {

namespace detail {

/// How a callable takes an item: whole, or, where the item is a tuple (of `zip_source`), its parts one by one.
template <class Callable, class Item, class... Extra>
struct taking {
    static constexpr bool whole = std::invocable<Callable, Item, Extra...>;
    static constexpr bool parts = false;
};

template <class Callable, class... Parts, class... Extra>
struct taking<Callable, std::tuple<Parts...>, Extra...> {
    static constexpr bool whole = std::invocable<Callable, std::tuple<Parts...>, Extra...>;
    static constexpr bool parts = !whole && std::invocable<Callable, Parts..., Extra...>;
};

template <class Callable, class Item, class... Extra>
inline constexpr bool takes_v = taking<Callable, Item, Extra...>::whole || taking<Callable, Item, Extra...>::parts;

template <class Callable, class Item, class... Extra>
    requires takes_v<Callable&, Item, Extra&...> decltype(auto)
call(Callable& callable, Item&& item, Extra&... extra) {
    if constexpr (taking<Callable&, Item, Extra&...>::whole) {
        return std::invoke(callable, std::forward<Item>(item), extra...);
    } else {
        return std::apply(
            [&](auto&&... part) -> decltype(auto) {
                return std::invoke(callable, std::forward<decltype(part)>(part)..., extra...);
            },
            std::forward<Item>(item));
    }
}

template <class Compute>
concept names_a_cell = requires {
                           { Compute::cell_size } -> std::convertible_to<std::size_t>;
                       };

/// Results that are arrays, of a shape that the compute states once at run time.
template <class Compute>
concept states_a_shape = requires(const Compute& c) {
                             { c.result_shape() } -> std::convertible_to<shape>;
                             requires element<typename Compute::result_type>;
                         };

template <class Compute, class Item, class... Context>
concept fills_an_array =
    states_a_shape<Compute> && takes_v<Compute&, Item, Context..., std::span<typename Compute::result_type>&>;

} // namespace detail

/// `r = f(item)`: one item in, one result out. A result of type `std::vector` may have another length for each item.
template <class C, class Item>
concept item_compute = detail::takes_v<C&, Item>;

/// `r = f(item, context&)`: the same, with the item's index, random stream, stopwatches and stop request.
template <class C, class Item>
concept context_compute = detail::takes_v<C&, Item, context&>;

/// `f(span of items, span of results)`: a cell of `C::cell_size` items at once, for vectorised kernels; the last cell
/// is shorter. Names its result as `C::result_type`. Cells are [k B, (k + 1) B) whatever the executor.
template <class C, class Item>
concept cell_compute =
    detail::names_a_cell<C> && requires(C& c, std::span<const std::remove_cvref_t<Item>> items,
                                        std::span<typename C::result_type> results) { c(items, results); };

/// `f(item, span of elements)`: fills an array whose shape the compute states as `result_shape()`, the same for all
/// items and on all ranks, which is zeroed before, and whose elements it names as `C::result_type`; `f(item, context&,
/// span)` likewise. The output is row-major, the item axes first. Where the call returns a struct that names its
/// members in `serialize`, the output has these beside the array, which is then the member `C::result_name`, or
/// "values".
template <class C, class Item>
concept array_compute = detail::fills_an_array<C, Item> || detail::fills_an_array<C, Item, context&>;

/// The user's algorithm, in one of four forms. A callable that can be called as `const` is shared by the workers; one
/// that cannot (it has a workspace) is copied for each. It may say as `workspace_bytes`, a member or a `const`
/// function, how much memory one call takes beside its item and result: the memory budget then has room for one in each
/// worker.
template <class C, class Item>
concept compute = std::copy_constructible<C> && (cell_compute<C, Item> || array_compute<C, Item> ||
                                                 context_compute<C, Item> || item_compute<C, Item>);

enum class compute_form : unsigned char { item, item_with_context, array, array_with_context, cell };

namespace detail {

/// What the array form of a compute returns beside its array.
template <class C, class Item, class... Context>
using returned_beside_array =
    std::remove_cvref_t<decltype(detail::call(std::declval<C&>(), std::declval<Item>(), std::declval<Context>()...,
                                              std::declval<std::span<typename C::result_type>&>()))>;

template <class Element, class Returned>
struct array_result {
    using type = array_record<Element, Returned>;
};
template <class Element>
struct array_result<Element, void> {
    using type = Element;
};

} // namespace detail

/// What a compute returns for an item, what sessions get of that, and how it is called.
template <class C, class Item>
    requires compute<C, Item>
struct compute_traits {
    static constexpr compute_form form = cell_compute<C, Item>                       ? compute_form::cell
                                         : detail::fills_an_array<C, Item, context&> ? compute_form::array_with_context
                                         : detail::fills_an_array<C, Item>           ? compute_form::array
                                         : context_compute<C, Item>                  ? compute_form::item_with_context
                                                                                     : compute_form::item;
    static constexpr bool shared = form == compute_form::cell                ? cell_compute<const C, Item>
                                   : form == compute_form::item              ? item_compute<const C, Item>
                                   : form == compute_form::item_with_context ? context_compute<const C, Item>
                                                                             : array_compute<const C, Item>;
    static constexpr std::size_t cell() {
        if constexpr (form == compute_form::cell) {
            return C::cell_size;
        } else {
            return 1;
        }
    }

private:
    static auto result_of() {
        if constexpr (form == compute_form::item) {
            return std::type_identity<
                std::remove_cvref_t<decltype(detail::call(std::declval<C&>(), std::declval<Item>()))>>{};
        } else if constexpr (form == compute_form::item_with_context) {
            return std::type_identity<std::remove_cvref_t<decltype(detail::call(
                std::declval<C&>(), std::declval<Item>(), std::declval<context&>()))>>{};
        } else if constexpr (form == compute_form::array) {
            return detail::array_result<typename C::result_type, detail::returned_beside_array<C, Item>>{};
        } else if constexpr (form == compute_form::array_with_context) {
            return detail::array_result<typename C::result_type, detail::returned_beside_array<C, Item, context&>>{};
        } else {
            return std::type_identity<typename C::result_type>{};
        }
    }

public:
    /// By a call; of a cell: for each item; of an array: its elements, or, where something is returned beside it,
    /// `array_record`.
    using returned = typename decltype(result_of())::type;
    /// Whether it returns a `std::vector`: results of any length.
    static constexpr bool lists =
        (form == compute_form::item || form == compute_form::item_with_context) && detail::is_vector<returned>;
    /// What sessions get.
    using result = std::conditional_t<lists, detail::stored_t<returned>, returned>;
};

/// Makes a cell compute of a callable: `cell<256>([](std::span<const double> in, std::span<double> out) {...})`. Cells
/// of about 2 KiB are quickest: memory that is not 64-byte aligned is copied cell by cell, within the first-level
/// cache.
template <std::size_t Size, class Callable, class Result>
struct cell_of {
    static constexpr std::size_t cell_size = Size;
    using result_type = Result;
    Callable callable;

    [[nodiscard]] const Callable& wrapped() const noexcept { return callable; }
    [[nodiscard]] std::size_t workspace_bytes() const { return detail::workspace_of(callable); }
    template <class Items>
        requires std::invocable<const Callable&, Items, std::span<Result>>
    void operator()(Items items, std::span<Result> results) const {
        callable(items, results);
    }
};

namespace detail {
template <class Class, class Items, class Result>
std::type_identity<Result> results_of(void (Class::*)(Items, std::span<Result>) const);

template <class Callable>
concept names_its_results = requires { results_of(&Callable::operator()); };

template <class Returned, class Class, class Items, class Element>
std::type_identity<Element> elements_of(Returned (Class::*)(Items, std::span<Element>) const);

template <class Callable>
concept names_its_elements = requires { elements_of(&Callable::operator()); };
} // namespace detail

/// See `cell_of`. The callable is `const`, not a template, and takes its results as `std::span<Result>`.
template <std::size_t Size, class Callable>
[[nodiscard]] auto cell(Callable callable) {
    static_assert(detail::names_its_results<Callable>,
                  "cell: the callable must name the types of its parameters, be const and return nothing; write "
                  "cell<256>([](std::span<const double> items, std::span<double> results) { ... })");
    if constexpr (detail::names_its_results<Callable>) {
        using result = typename decltype(detail::results_of(&Callable::operator()))::type;
        return cell_of<Size, Callable, result>{std::move(callable)};
    }
}

/// Makes a compute that fills arrays of a callable, see `arrays`.
template <class Callable, class Result>
class array_of {
public:
    using result_type = Result;

    array_of(shape extents, Callable callable) : extents_(std::move(extents)), callable_(std::move(callable)) {}

    [[nodiscard]] const shape& result_shape() const noexcept { return extents_; }
    [[nodiscard]] const Callable& wrapped() const noexcept { return callable_; }
    [[nodiscard]] std::size_t workspace_bytes() const { return detail::workspace_of(callable_); }
    template <class Item>
        requires std::invocable<const Callable&, Item, std::span<Result>> decltype(auto)
    operator()(Item&& item, std::span<Result> result) const {
        return callable_(std::forward<Item>(item), result);
    }

private:
    shape extents_;
    Callable callable_;
};

/// Results that are arrays of a shape known at run time: `arrays({length}, [](std::span<const float> spectrum,
/// std::span<float> filtered) {...})`. The callable is `const`, not a template, and takes its result as
/// `std::span<Element>`, of volume(extents) elements, row-major. What it returns is stored beside, see `array_compute`.
template <class Callable>
[[nodiscard]] auto arrays(shape extents, Callable callable) {
    static_assert(detail::names_its_elements<Callable>,
                  "arrays: the callable must name the types of its parameters and be const; write "
                  "arrays({64}, [](std::span<const double> item, std::span<double> result) { ... })");
    if constexpr (detail::names_its_elements<Callable>) {
        using result = typename decltype(detail::elements_of(&Callable::operator()))::type;
        return array_of<Callable, result>(std::move(extents), std::move(callable));
    }
}

} // namespace distproc
