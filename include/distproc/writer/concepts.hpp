// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/index_set.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace distproc {

/// A writer at work for one run, on one rank.
///
/// | expression              | meaning |
/// |-------------------------|---------|
/// | `S::concurrent`         | true: many workers call `write` at once, each with what it has just computed. false: one thread at a time calls it, while workers go on |
/// | `done()`                | granules that are durable already and must not be computed again |
/// | `write(first, results)` | takes the results of some items from `first` on, `plan::result.per_item` values for each; may wait for room. No collective call |
/// | `finish()`              | this rank will not write again in this run: flushes to its writer, serves others of its domain until they have finished too. Called exactly once, on every rank, before `close`, whatever happened |
/// | `close(outcome)`        | collective: makes everything durable. Called exactly once, whatever happened, also after a failure |
/// | `moved()`               | bytes so far, see `traffic` |
/// | `description()`         | for people: path, layout and size of the output |
///
/// Results are of the compute's result type; where it fills arrays, their elements; where it returns members beside
/// them, `array_record`. `plan::result` says where the members of a result lie.
///
/// A session may also have `place(first, count)`: the address where those results end up, or null; workers then compute
/// into it and `write` is not called for them. A concurrent session may have `part()`: what one worker writes to in its
/// place, with `write(first, results)`, and with `flush()` after its last; parts live no longer than the flow, and runs
/// of one block come to one part, in order. A session with `takes_pieces` = true (and without parts) is content if all
/// results of a granule come to it on one rank, in several writes and in any order, so that a granule can be larger
/// than a block.
///
/// Items that failed and were skipped have marks in place of results, see `error_policy`. A session (each part of it)
/// that cannot take such marks has `skip(first, count)`, which is called instead of `write` for these items. A session
/// may have `failed(const failed_items&)`, called on every rank, with the same, before `close`, where items failed. One
/// that commits by itself in `write` may have `commit_if_due()`, which is called often while nothing is to be
/// written, by any thread.
///
/// `write` and `finish` must return in bounded time once `plan`'s run is stopping: a session that waits
/// takes the `run_flags` through `watch(run_flags&)`, called once before the flow. Any member may throw; the run
/// then ends on all ranks with that message. `write` throws `item_error` to name another item than its first.
template <class S, class Result>
concept writer_session = requires(S& s, const S& c, std::size_t first, std::span<const Result> results, outcome how) {
                             { std::bool_constant<S::concurrent>{} };
                             { c.done() } -> std::convertible_to<index_set>;
                             s.write(first, results);
                             s.finish();
                             s.close(how);
                             { c.moved() } -> std::same_as<traffic>;
                             { c.description() } -> std::convertible_to<std::string>;
                         };

/// Where results go: a plain, cheap value. `open<Result>(plan, team)` is collective over the team, makes every object
/// of the output, and returns the session (movable). It throws on any rank that fails; `execute` makes that one error
/// for all.
///
/// A policy may have `grain(const result_layout&, const shape& items)`, or the same with the number of writer domains
/// as a third argument: the items that must be written by one domain, as a `shape` (the box of a chunk) or as a number
/// (of neighbours in the sequence of items, rounded up to whole cells of the compute); without it every result has its
/// own address. The domains are the ranks, unless the policy has `domains(team)`.
///
/// A policy whose outputs can be resumed says `resumes = true`: the plan then has a fingerprint of the work, unless
/// that cannot be told, and the session says in `done()` what earlier runs of the same work left.
///
/// For the start-up check it may have `output()`, the path of the file or directory, `library()`, the name of what it
/// is written with, and `shares_a_file` = true where all domains write one file.
///
/// Where the compute returns a `std::vector<E>`, `Result` is `list_view<E>`, and what it shows lives only during
/// `write`. A policy that can deal with that says `takes_lists = true`; its session is concurrent and has no `place`,
/// its grain is not asked for (every item stands alone), and within `node_gather` it needs an `encoder`.
///
/// A policy of a concurrent session may have `encoder<Result>(plan)`: what makes records of bytes out of results on the
/// rank that computed them. It has `put(first, bytes of results, items, emit)`, for any number of threads, which calls
/// `emit(record)` in the calling one; `flush(emit)`, after the last `put`; and `most_bytes()`, the most that a record
/// holds. The session then also has `write_record(record)`, for any number of threads. `node_gather` so lets all ranks
/// compress, and moves what is compressed.
template <class W, class Result, class Team = solo_team>
concept writer = std::copyable<W> && requires(const W& w, const plan& p, const Team& t) {
                                         { W::name } -> std::convertible_to<std::string_view>;
                                         { w.template open<Result>(p, t) } -> writer_session<Result>;
                                     };

namespace detail {

/// Writers whose results are encoded where they are computed.
template <class Writer, class Result>
concept encodes = requires(const Writer& w, const plan& p) { w.template encoder<Result>(p); };

/// Sessions, or parts of them, that take no marks in place of results.
template <class To>
concept leaves_out = requires(To& to, std::size_t n) { to.skip(n, n); };

/// Writers whose output a later run can go on with, see `plan::fingerprint`.
template <class Writer>
inline constexpr bool resumes_outputs = requires { requires Writer::resumes; };

/// Whether a writer takes results of variable length.
template <class Writer>
inline constexpr bool takes_lists = false;
template <class Writer>
    requires requires { std::bool_constant<Writer::takes_lists>{}; }
inline constexpr bool takes_lists<Writer> = Writer::takes_lists;

/// Whether the results of a granule may reach a session in several writes, in any order.
template <class Session>
inline constexpr bool takes_pieces_of_granules = false;
template <class Session>
    requires requires { std::bool_constant<Session::takes_pieces>{}; }
inline constexpr bool takes_pieces_of_granules<Session> = Session::takes_pieces;

/// How many domains a writer writes for.
template <class Writer, class Team>
[[nodiscard]] std::size_t domains_of(const Writer& to, const Team& ranks) {
    if constexpr (requires { to.domains(ranks); }) {
        return to.domains(ranks);
    } else {
        return ranks.size();
    }
}

/// The grain of a writer that has one.
template <class Writer>
[[nodiscard]] auto grain_of(const Writer& to, const result_layout& result, const shape& items, std::size_t domains)
    requires(
        requires { to.grain(result, items, domains); } || requires { to.grain(result, items); })
{
    if constexpr (requires { to.grain(result, items, domains); }) {
        return to.grain(result, items, domains);
    } else {
        return to.grain(result, items);
    }
}

} // namespace detail
} // namespace distproc
