// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/failure_log.hpp>
#include <distproc/core/team.hpp>

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc {

namespace detail {

template <class T>
    requires std::is_trivially_copyable_v<T>
void append_bytes(std::string& text, const T& value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <class T>
    requires std::is_trivially_copyable_v<T>
[[nodiscard]] T take_bytes(std::string_view& text) {
    T value{};
    std::memcpy(&value, text.data(), sizeof(T));
    text.remove_prefix(sizeof(T));
    return value;
}

struct failure_head {
    std::size_t count;
    std::size_t item;
    std::size_t rank;
    std::size_t node;
    stage where;
    char pad[7];
};

} // namespace detail

/// Collective: makes what single ranks noted the knowledge of all. Throws the same `execution_error` on every rank
/// where any rank noted a failure: lowest item first, then lowest rank. One gather of a few bytes, and one broadcast on
/// failure.
inline void agree_on_failures(const team auto& ranks, const failure_log& log) {
    const std::optional<failure> mine = log.first();
    std::string head;
    detail::append_bytes(head, detail::failure_head{log.count(),
                                                    mine ? mine->item : no_item,
                                                    mine ? mine->rank : 0,
                                                    mine ? mine->node : 0,
                                                    mine ? mine->where : stage::plan,
                                                    {}});
    std::size_t all = 0;
    std::size_t teller = 0;
    std::optional<detail::failure_head> worst;
    const std::vector<std::string> heads = ranks.all_gather(head);
    for (std::size_t r = 0; r < heads.size(); ++r) {
        std::string_view bytes = heads[r];
        const auto theirs = detail::take_bytes<detail::failure_head>(bytes);
        all += theirs.count;
        if (theirs.count != 0 && (!worst || theirs.item < worst->item)) {
            worst = theirs;
            teller = r;
        }
    }
    if (worst) {
        std::string message = ranks.broadcast(mine ? mine->message : std::string(), teller);
        throw execution_error(failure{worst->where, worst->item, worst->rank, worst->node, std::move(message)},
                              all - 1);
    }
}

/// Collective: calls `step()` on every rank and returns its result, or throws the same `execution_error` on every rank
/// if it threw on any. `step` itself must not wait for other ranks in a way that an exception on one of them would cut.
template <team Team, class Step>
auto agreed(const Team& ranks, stage where, Step&& step) {
    using result = std::invoke_result_t<Step&>;
    failure_log log(ranks.rank(), ranks.node());
    if constexpr (std::is_void_v<result>) {
        try {
            step();
        } catch (...) {
            log.note_current(where);
        }
        agree_on_failures(ranks, log);
    } else {
        std::optional<result> value;
        try {
            value.emplace(step());
        } catch (...) {
            log.note_current(where);
        }
        agree_on_failures(ranks, log);
        return std::move(*value);
    }
}

} // namespace distproc
