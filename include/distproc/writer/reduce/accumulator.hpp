// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/exception_text.hpp>

#include <concepts>
#include <cstddef>
#include <span>

namespace distproc {

namespace detail {

template <class A, class T>
concept adds_spans = requires(A& a, std::span<const T> results, std::size_t first) { a.add(results, first); };

template <class A, class T>
concept adds_numbered = requires(A& a, const T& result, std::size_t item) { a.add(result, item); };

template <class A, class T>
concept adds_single = requires(A& a, const T& result) { a.add(result); };

/// Adds the results of items [first, first + results.size()), one after the other. What `add` throws becomes an
/// `item_error`, of the item whose result it was given, or the first of them.
template <class A, class T>
void add_all(A& a, std::span<const T> results, std::size_t first) {
    std::size_t k = 0;
    try {
        if constexpr (adds_spans<A, T>) {
            a.add(results, first);
        } else {
            for (; k < results.size(); ++k) {
                if constexpr (adds_numbered<A, T>) {
                    a.add(results[k], first + k);
                } else {
                    a.add(results[k]);
                }
            }
        }
    } catch (const item_error&) {
        throw;
    } catch (...) {
        throw item_error(first + k, current_exception_text());
    }
}

} // namespace detail

/// What a `reduce_writer` leaves of all results: a sum, a histogram, your own.
///
/// | expression                   | meaning |
/// |------------------------------|---------|
/// | `a.add(result)`              | takes in one result; or |
/// | `a.add(result, item)`        | the same with the item's index; or |
/// | `a.add(results, first)`      | a span of the results of items [first, first + size); how results are cut into spans must make no difference. May throw `item_error` to say which item is wrong |
/// | `a.merge(later)`             | takes in what another one has seen; all its items come after those of `a` |
/// | `a.clear()`                  | as if nothing had been added; what it was made with, such as bins, stays |
///
/// Copies go to workers and, as bytes, to other ranks: an accumulator is trivially copyable, or has a `serialize` over
/// numbers, `std::vector`, `std::string` and structs of these. `merge` need not be commutative, nor associative in its
/// rounding: the tree of the merges is fixed.
template <class A, class T>
concept accumulator = std::copyable<A> &&
                      (detail::adds_spans<A, T> || detail::adds_numbered<A, T> || detail::adds_single<A, T>) &&
                      requires(A& a, const A& later) {
                          a.merge(later);
                          a.clear();
                      };

} // namespace distproc
