// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/byte_archive.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/function_ref.hpp>
#include <distproc/core/team.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc {

namespace detail {

struct failure_head {
    std::size_t count;
    std::size_t mark; ///< of the message: ranks that say the same of no item saw one and the same failure
    std::size_t item;
    std::size_t rank;
    std::size_t node;
    stage where;
    char pad[7];
};

} // namespace detail

/// Takes a step unless there is a problem already; what it throws becomes the problem, for `throw_first` to tell all.
template <class Step>
void attempt(std::string& problem, Step&& step) {
    if (!problem.empty()) {
        return;
    }
    try {
        step();
    } catch (...) {
        problem = current_exception_text();
    }
}

/// Collective, for problems that are no failures of a run's item: throws the same `error` on every rank where any of
/// them has a problem, the text of the lowest such rank. One gather of a few bytes.
void throw_first(const team auto& ranks, std::string_view problem) {
    for (const std::string& each : ranks.all_gather(problem)) {
        if (!each.empty()) {
            throw error(each);
        }
    }
}

/// Collective: every rank's bytes, by rank, and with them what single ranks noted becomes the knowledge of all. Throws
/// the same `execution_error` on every rank where any rank noted a failure: lowest item first, then lowest rank. Ranks
/// that say the same of no item in particular (a missing file) count as one failure. One gather, and one broadcast on
/// failure.
[[nodiscard]] inline std::vector<std::string> gather_unless_failed(const team auto& ranks, const failure_log& log,
                                                                   std::string_view mine) {
    const failure noted = log.first().value_or(failure{});
    std::string bytes;
    save_bytes(
        bytes,
        detail::failure_head{
            log.count(), std::hash<std::string>{}(noted.message), noted.item, noted.rank, noted.node, noted.where, {}});
    std::vector<std::string> texts = ranks.all_gather(bytes.append(mine));
    std::vector<detail::failure_head> heads;
    std::size_t worst = 0;
    for (std::string& one : texts) {
        std::string_view rest = one;
        heads.push_back(load_bytes<detail::failure_head>(rest));
        const bool worse =
            heads.back().count != 0 && (heads[worst].count == 0 || heads.back().item < heads[worst].item);
        worst = worse ? heads.size() - 1 : worst;
        one.erase(0, one.size() - rest.size());
    }
    const detail::failure_head& first = heads[worst];
    if (first.count == 0) {
        return texts;
    }
    std::size_t others = first.count - 1;
    for (std::size_t r = 0; r < heads.size(); ++r) {
        const bool the_same = first.item == no_item && heads[r].item == no_item && heads[r].mark == first.mark;
        others += r == worst || heads[r].count == 0 ? 0 : heads[r].count - (the_same ? 1 : 0);
    }
    throw execution_error(
        failure{first.where, first.item, first.rank, first.node, ranks.broadcast(noted.message, worst)}, others);
}

/// Collective: the same without any bytes.
inline void agree_on_failures(const team auto& ranks, const failure_log& log) {
    (void)gather_unless_failed(ranks, log, {});
}

/// Collective: calls `step()` on every rank and returns the bytes that each rank's gave, by rank, or throws as `agreed`
/// does.
[[nodiscard]] inline std::vector<std::string> agreed_gather(const team auto& ranks, stage where,
                                                            function_ref<std::string()> step) {
    failure_log log(ranks.rank(), ranks.node());
    std::string mine;
    try {
        mine = step();
    } catch (...) {
        log.note_current(where);
    }
    return gather_unless_failed(ranks, log, mine);
}

namespace detail {

inline void agree_on_step(const team auto& ranks, stage where, function_ref<void()> step) {
    failure_log log(ranks.rank(), ranks.node());
    try {
        step();
    } catch (...) {
        log.note_current(where);
    }
    agree_on_failures(ranks, log);
}

} // namespace detail

/// Collective: calls `step()` on every rank and returns its result, or throws the same `execution_error` on every rank
/// if it threw on any. `step` itself must not wait for other ranks in a way that an exception on one of them would cut.
template <team Team, class Step>
auto agreed(const Team& ranks, stage where, Step&& step) {
    using result = std::invoke_result_t<Step&>;
    if constexpr (std::is_void_v<result>) {
        detail::agree_on_step(ranks, where, [&] { step(); });
    } else {
        std::optional<result> value;
        detail::agree_on_step(ranks, where, [&] { value.emplace(step()); });
        return std::move(*value);
    }
}

} // namespace distproc
