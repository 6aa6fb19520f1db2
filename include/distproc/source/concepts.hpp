// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/shape.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc {

/// Memory into which items are read: room for `capacity` items, at a 64-byte aligned address. `data` is null where the
/// source needs none.
struct staging {
    std::byte* data = nullptr;
    std::size_t capacity = 0;
};

/// What a source's `at` may return in place of a `std::span<const V::value>`: something that can copy the `size()`
/// values of the item to where they are needed, so that they are brought together by the worker, in its cache.
template <class V>
concept gathered_later = requires(const V& v, typename V::value* out) {
                             { v.size() } -> std::same_as<std::size_t>;
                             v.copy_to(out);
                         };

namespace detail {
template <class Fetched>
struct gathered {
    using type = Fetched;
};
template <gathered_later Fetched>
struct gathered<Fetched> {
    using type = std::span<const typename Fetched::value>;
};
template <class... Fetched>
struct gathered<std::tuple<Fetched...>> {
    using type = std::tuple<typename gathered<Fetched>::type...>;
};
template <class Fetched>
using gathered_t = typename gathered<Fetched>::type;

/// What `at` of an open source returns.
template <class Opened>
using fetched_t = decltype(std::declval<const std::remove_cvref_t<Opened>&>().at(
    std::size_t{}, std::declval<const staging&>(), std::size_t{}));
} // namespace detail

/// A source that has been opened by one rank for one run. One thread at a time calls `read`; `at` is called by
/// many.
/// Results may be written by other threads while `read` is at work: by workers where the session is concurrent, by
/// `node_gather` at any time, and, where the source says `static constexpr bool reads_beside_writes = true`, by the I/O
/// lane too. So a source that calls a library that is not thread-safe locks it; for HDF5 that is `h5::guard`.
///
/// | expression                    | meaning |
/// |-------------------------------|---------|
/// | `S::item`                     | what a compute is given: a value, a reference or a `std::span<const T>` |
/// | `items()`                     | extents of the item axes; their product is the number of items |
/// | `staging_bytes(capacity)`     | bytes that a staging for so many items takes; 0: items are used where they are |
/// | `read(first, count, s, slot)` | brings items [first, first + count) into the slots [slot, slot + count) of `s`; returns the bytes read from files |
/// | `at(index, s, slot)`          | item `index`, which is in that slot, or what gathers it later; cheap, thread-safe |
/// | `description()`               | for people: file and dataset, or "range of 2500 items" |
/// | `files()`                     | paths of the files behind it, so that no writer overwrites them |
/// | `concurrent_reads()`          | optional, asked once for a run: whether many threads may call `read` at once; then workers that would wait read for themselves (where results are written by others: only with `reads_beside_writes`) |
/// | `block_bytes()`               | optional, see `block_bytes_of` |
/// | `run_items()`                 | optional, see `run_items_of` |
template <class S>
concept opened_source = requires(S& s, const S& c, const staging& stage, std::size_t n) {
                            typename S::item;
                            { c.items() } -> std::convertible_to<shape>;
                            { c.staging_bytes(n) } -> std::same_as<std::size_t>;
                            { s.read(n, n, stage, n) } -> std::same_as<std::size_t>;
                            requires std::same_as<detail::gathered_t<decltype(c.at(n, stage, n))>, typename S::item>;
                            { c.description() } -> std::convertible_to<std::string>;
                            { c.files() } -> std::convertible_to<std::vector<std::string>>;
                        };

/// Whether a source may be read while the results of the run are written.
template <class S>
inline constexpr bool reads_beside_writes = [] {
    if constexpr (requires {
                      { S::reads_beside_writes } -> std::convertible_to<bool>;
                  }) {
        return static_cast<bool>(S::reads_beside_writes);
    } else {
        return false;
    }
}();

/// Whether many threads may `read` at once.
template <class S>
[[nodiscard]] bool reads_concurrently(const S& source) {
    if constexpr (requires {
                      { source.concurrent_reads() } -> std::convertible_to<bool>;
                  }) {
        return source.concurrent_reads();
    } else {
        return false;
    }
}

/// How many bytes of items and results a block has at most: 1 MiB, which stays in a core's cache from the file to the
/// compute and on to the writer, and is enough for a read or a write; more where a chunk of the source takes more. A
/// source that takes larger reads for its own reasons says so as `block_bytes()`.
template <class S>
[[nodiscard]] std::size_t block_bytes_of(const S& source) {
    if constexpr (requires {
                      { source.block_bytes() } -> std::convertible_to<std::size_t>;
                  }) {
        return source.block_bytes();
    } else {
        return std::size_t{1} << 20U;
    }
}

/// How many neighbouring items are best read together, because they lie in one chunk of a file. A source that has such
/// chunks says so as `run_items()`; blocks that are large enough then end where chunks do (not where a run goes on with
/// what an earlier one left, or where the writer wants boxes).
template <class S>
[[nodiscard]] std::size_t run_items_of(const S& source) {
    if constexpr (requires {
                      { source.run_items() } -> std::convertible_to<std::size_t>;
                  }) {
        return std::max<std::size_t>(1, source.run_items());
    } else {
        return 1;
    }
}

namespace detail {

/// Items of a chunk where these are neighbours in the sequence of items, and whole; else 0. The leading `item_axes`
/// axes number the items.
[[nodiscard]] inline std::size_t run_in_chunk(const shape& extents, const shape& chunk, std::size_t item_axes) {
    std::size_t run = 1;
    bool whole = true; // so far, from the last axis
    for (std::size_t d = extents.size(); d-- > 0;) {
        if (!whole) {
            if (chunk[d] != 1) {
                return 0;
            }
            continue;
        }
        whole = chunk[d] >= extents[d];
        if (!whole && d >= item_axes) {
            return 0; // an item is in several chunks
        }
        if (!whole && d > 0 && extents[d] % chunk[d] != 0) {
            return 0; // the chunks of the next row begin elsewhere
        }
        run *= d < item_axes ? std::min(chunk[d], extents[d]) : 1;
    }
    return run;
}

} // namespace detail

/// A source policy: a plain, cheap value that `open()`s on each rank, read-only, without any collective call.
template <class S>
concept source_policy = requires(const S& s) { requires opened_source<std::remove_cvref_t<decltype(s.open())>>; };

/// Anything `execute` takes as its first argument: a source policy, or any sized random-access range that can be read
/// through a const reference, as many workers do at once.
template <class S>
concept source = source_policy<std::remove_cvref_t<S>> ||
                 (std::ranges::random_access_range<const std::remove_reference_t<S>> &&
                  std::ranges::sized_range<const std::remove_reference_t<S>>);

} // namespace distproc
