// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/execute.hpp>
#include <distproc/writer/memory.hpp>

#include <ranges>
#include <type_traits>
#include <utility>

namespace distproc {

/// Collective over the executor's ranks. Leaves `f(item)` of every item of `source` in `results`, in the order of the
/// items: `transform(tbb_executor{}, numbers, squares, square)`. `results` is a `std::vector` of what `f` returns,
/// which becomes as long as needed, or a `std::span` of the right length; by default that of rank 0 alone is filled. A
/// thin call of `execute` with a `memory_writer`, which say what is thrown and what it costs.
template <class Executor, class Source, class Results, class F>
report transform(Executor on, Source&& source, Results&& results, F f, results_on where = results_on::root,
                 const options& how = {}) {
    static_assert(
        distproc::source<Source>,
        "transform: the second argument is no source; give it a sized random-access range or a source policy");
    static_assert(std::is_lvalue_reference_v<Results> || std::ranges::borrowed_range<Results>,
                  "transform: the third argument goes away with the call; give it a variable, or a std::span");
    return execute(std::forward<Source>(source), std::move(f), std::move(on), memory_writer{results, where}, how);
}

} // namespace distproc
