// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/index_set.hpp>
#include <distproc/core/list_view.hpp>
#include <distproc/writer/concepts.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Sessions that give each worker a part of its own to write to.
template <class Session>
concept has_parts = Session::concurrent && requires(Session& s) { s.part(); };

/// What a worker writes to: its own part of the session, or the session.
template <class Session>
decltype(auto) part_of(Session& session) {
    if constexpr (has_parts<Session>) {
        return session.part();
    } else {
        return (session);
    }
}

/// One worker's way of calling the compute, and where it writes: the session, or a part of it.
template <class Worker, class Session>
struct worker_at_session {
    Worker work;
    decltype(part_of(std::declval<Session&>())) to;
};

/// Sessions that tell a worker where results go.
template <class Session, class Result>
concept has_places = requires(Session& s, std::size_t n) {
                         { s.place(n, n) } -> std::convertible_to<Result*>;
                     };

/// What a session may not be, said while compiling.
template <class Session, class Result>
consteval bool check_session() {
    constexpr bool places = has_places<Session, Result>;
    static_assert(!takes_pieces_of_granules<Session> || !has_parts<Session>,
                  "a session that takes pieces of granules can have no parts: they would be scattered over them");
    static_assert(!places || !leaves_out<Session>, "a session that has places takes marks of failed items there");
    static_assert(!is_list<Result> || (Session::concurrent && !places),
                  "execute: the writer's session cannot take results of variable length: they live only until the "
                  "worker's next call, so that workers must write them themselves (concurrent = true, and no place)");
    return true;
}

/// Writes the results of items from `first` on, `per_item` values each. Those of `skipped` (ascending, others may be
/// among them) are marks.
template <class To, class Result>
void write_results(To& to, std::size_t first, std::span<const Result> results, std::size_t per_item,
                   [[maybe_unused]] const std::vector<index_range>& skipped) {
    if constexpr (leaves_out<To>) {
        const std::size_t last = first + results.size() / per_item;
        for (const index_range gap : skipped) {
            const std::size_t from = std::max(gap.first, first);
            const std::size_t to_here = std::min(gap.last, last);
            if (from >= to_here) {
                continue;
            }
            if (from != first) {
                to.write(first, results.first((from - first) * per_item));
            }
            to.skip(from, to_here - from);
            results = results.subspan((to_here - first) * per_item);
            first = to_here;
        }
        if (results.empty()) {
            return;
        }
    }
    to.write(first, results);
}

} // namespace distproc::detail
