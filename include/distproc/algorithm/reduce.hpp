// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/execute.hpp>
#include <distproc/writer/reduce.hpp>

#include <functional>
#include <utility>

namespace distproc {

/// Collective over the executor's ranks. `op(init, op(f(item 0), op(f(item 1), ...)))`, on every rank, for an
/// associative `op`, which need not be commutative: the items keep their order, and brackets are set by one fixed tree,
/// so that the result has the same bits on any executor. `transform_reduce(on, loops, 0.0, std::plus<>{}, area)`.
///
/// The value is a `T`, as `init` is: a number, or any other type that a `reduce_writer` can send. A thin call of
/// `execute` with a `reduce_writer`, which say what is thrown and what it costs. Throws `error` on all ranks where the
/// run was stopped before its end; a trial run (DISTPROC_ITEM, DISTPROC_DRY_RUN) returns `init`.
template <class Executor, class Source, class T, class Operation, class F>
[[nodiscard]] T transform_reduce(Executor on, Source&& source, T init, Operation op, F f, const options& how = {}) {
    static_assert(distproc::source<Source>,
                  "reduce: the second argument is no source; give it a sized random-access range or a source policy");
    fold<T, Operation> all(op);
    const report done = execute(std::forward<Source>(source), std::move(f), std::move(on), reduce_writer{all}, how);
    if (done.stopped) {
        throw error("reduce: stopped after " + std::to_string(done.items) + " of " + std::to_string(done.items_total) +
                    " items; there is no value");
    }
    return all.empty() ? init : static_cast<T>(std::invoke(op, std::move(init), all.value()));
}

/// `transform_reduce` of the items themselves: `reduce(on, numbers, 0.0, std::plus<>{})`.
template <class Executor, class Source, class T, class Operation = std::plus<>>
[[nodiscard]] T reduce(Executor on, Source&& source, T init, Operation op = {}, const options& how = {}) {
    return transform_reduce(
        std::move(on), std::forward<Source>(source), std::move(init), std::move(op),
        [](const auto& item) { return item; }, how);
}

} // namespace distproc
