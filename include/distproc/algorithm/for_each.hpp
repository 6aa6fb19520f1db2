// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/execute.hpp>
#include <distproc/writer/null.hpp>

#include <concepts>
#include <functional>
#include <utility>

namespace distproc {

namespace detail {

/// A callable without a result, as a compute.
template <class F>
struct acting {
    F f;

    template <class... Args>
        requires std::invocable<const F&, Args...> bool
    operator()(Args&&... args) const {
        std::invoke(f, std::forward<Args>(args)...);
        return true;
    }
    template <class... Args>
        requires(std::invocable<F&, Args...> && !std::invocable<const F&, Args...>) bool
    operator()(Args&&... args) {
        std::invoke(f, std::forward<Args>(args)...);
        return true;
    }
};

} // namespace detail

/// Collective over the executor's ranks. Calls `f(item)` or `f(item, context&)` for every item of `source`, each once
/// and on one of the ranks, in any order; what it returns is dropped. `for_each(tbb_executor{}, files, convert)`. A
/// thin call of `execute`, which says what is thrown.
template <class Executor, class Source, class F>
report for_each(Executor on, Source&& source, F f, const options& how = {}) {
    static_assert(distproc::source<Source>,
                  "for_each: the second argument is no source; give it a sized random-access range or a source policy");
    return execute(std::forward<Source>(source), detail::acting<F>{std::move(f)}, std::move(on), null_writer{}, how);
}

} // namespace distproc
