// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/source/concepts.hpp>
#include <distproc/source/range.hpp>

#include <type_traits>
#include <utility>

namespace distproc {

/// A source policy of whatever is a source: policies as they are (copied or moved), ranges as `range_source` (an lvalue
/// is referred to and must outlive the run, an rvalue is kept).
template <class Source>
[[nodiscard]] auto as_source(Source&& from) {
    static_assert(source<Source>,
                  "a source must be a sized random-access range (std::vector, std::span, std::views::iota) "
                  "or a source policy such as hdf5_source<double>{file, dataset}");
    if constexpr (source_policy<std::remove_cvref_t<Source>>) {
        return std::remove_cvref_t<Source>(std::forward<Source>(from));
    } else if constexpr (source<Source>) {
        return range_source(std::forward<Source>(from));
    }
}

/// The policy that `as_source` makes.
template <class Source>
using as_source_t = decltype(as_source(std::declval<Source>()));

} // namespace distproc
