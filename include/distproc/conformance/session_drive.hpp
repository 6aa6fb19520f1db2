// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/conformance/findings.hpp>
#include <distproc/conformance/sample_result.hpp>
#include <distproc/core/agree.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/execute.hpp>
#include <distproc/flow/session_part.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/concepts.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace distproc::conformance {

/// The items as a source of their own numbers.
[[nodiscard]] inline range_source<std::vector<std::size_t>> item_numbers(const shape& items) {
    std::vector<std::size_t> all(volume(items));
    std::iota(all.begin(), all.end(), std::size_t{0});
    return range_source<std::vector<std::size_t>>(std::move(all), items);
}

/// Runs `what`; notes in the log what it throws.
template <class What>
void note_failure_of(What&& what, failure_log& log) {
    try {
        what();
    } catch (...) {
        log.note_current(stage::write);
    }
}

/// Gives each item one sample result, that of its number.
template <class Result>
struct sample_compute {
    sample_results<Result> samples{};

    Result operator()(std::size_t item) const { return samples(item); }
};

/// Gives each item an array: those of n elements from sample result item * n on.
template <element Result>
struct sample_arrays {
    using result_type = Result;
    shape extents;
    sample_results<Result> samples{};

    [[nodiscard]] const shape& result_shape() const { return extents; }
    void operator()(std::size_t item, std::span<Result> out) const {
        for (std::size_t k = 0; k < out.size(); ++k) {
            out[k] = samples(item * out.size() + k);
        }
    }
};

/// `to`: the session, or a worker's part of it.
template <class Result, class Session, class To>
void write_samples(Session& session, To& to, index_range items, std::size_t per_item, bool in_place) {
    const sample_results<Result> samples;
    const std::size_t count = items.size() * per_item;
    const auto results = std::make_unique<Result[]>(count); // no vector: there is none of bool
    for (std::size_t k = 0; k < count; ++k) {
        results[k] = samples(items.first * per_item + k);
    }
    if constexpr (requires {
                      { session.place(items.first, items.size()) } -> std::convertible_to<Result*>;
                  }) {
        if (Result* there = in_place ? session.place(items.first, items.size()) : nullptr) {
            std::copy_n(results.get(), count, there);
            return;
        }
    }
    to.write(items.first, std::span<const Result>(results.get(), count));
}

/// Who writes in a session that is driven by hand.
enum class writers {
    nobody,
    each_rank, // its share of the blocks
    last_rank  // all of them
};

/// Writes this rank's blocks, the last one first, by several threads where the session allows it.
template <class Result, class Session>
void write_blocks(Session& session, const plan& what, std::size_t rank, std::size_t ranks, writers who,
                  failure_log& log) {
    constexpr std::size_t threads = Session::concurrent ? 3 : 1;
    constexpr std::size_t granules = 3; // of a block
    const std::size_t blocks = (what.grid.count() + granules - 1) / granules;
    const std::size_t per_item = what.result.per_item;
    const auto is_mine = [&](std::size_t block) {
        return who != writers::nobody && rank == (who == writers::each_rank ? block % ranks : ranks - 1);
    };
    const auto write_some = [&](std::size_t thread) {
        auto&& to = distproc::detail::part_of(session);
        for (std::size_t block = blocks; block-- > 0;) {
            if (is_mine(block) && block % threads == thread && log.count() == 0) {
                note_failure_of(
                    [&] {
                        what.grid.for_each_run(
                            {block * granules, std::min(what.grid.count(), (block + 1) * granules)},
                            [&](index_range items) {
                                if (distproc::detail::takes_pieces_of_granules<Session>) {
                                    const std::size_t half = items.first + items.size() / 2;
                                    write_samples<Result>(session, to, {half, items.last}, per_item, false);
                                    items.last = half;
                                }
                                if (!items.empty()) {
                                    write_samples<Result>(session, to, items, per_item, block % 2 == 0);
                                }
                            });
                    },
                    log);
            }
        }
        if constexpr (distproc::detail::has_parts<Session>) {
            note_failure_of([&] { to.flush(); }, log);
        }
    };
    if constexpr (threads == 1) {
        write_some(0);
    } else {
        std::vector<std::jthread> all;
        for (std::size_t thread = 0; thread < threads; ++thread) {
            all.emplace_back(write_some, thread);
        }
    }
}

/// Collective: drives a writer's session through the run of a plan as `execute` does, but in an order of its own.
/// False, with a finding, where anything was thrown.
template <class Result, class Writer, class Team>
bool drive_session(const Writer& to, const Team& ranks, plan what, writers who, findings& found) {
    try {
        auto session = agreed(ranks, stage::open, [&] { return to.template open<Result>(what, ranks); });
        what.remaining = index_set(session.done()).complement(what.grid.count());
        found.expect(what.remaining.size() == what.grid.count(), "done() of a new output is not empty");
        run_flags flags;
        if constexpr (requires { session.watch(flags); }) {
            session.watch(flags);
        }
        failure_log log(ranks.rank(), ranks.node());
        write_blocks<Result>(session, what, ranks.rank(), ranks.size(), who, log);
        note_failure_of([&] { session.finish(); }, log);
        std::optional<execution_error> failed;
        try {
            agree_on_failures(ranks, log);
        } catch (const execution_error& e) {
            failed = e;
        }
        failure_log closing(ranks.rank(), ranks.node());
        note_failure_of(
            [&] {
                session.close(failed ? outcome::failed : what.dry_run ? outcome::stopped : outcome::complete);
                (void)session.moved();
                found.expect(!std::string(session.description()).empty(), "the session's description is empty");
            },
            closing);
        if (failed) {
            throw *failed;
        }
        agree_on_failures(ranks, closing);
        return true;
    } catch (...) {
        found.add("failed: " + current_exception_text());
        return false;
    }
}

} // namespace distproc::conformance
