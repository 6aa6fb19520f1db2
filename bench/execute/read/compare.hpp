// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "../../common/folder.hpp"
#include "../../common/table.hpp"
#include "read.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace reading {

using competitor = double (*)(const inputs&);

inline constexpr double goal = 1.053; // 0.95 of the speed

[[nodiscard]] inline std::size_t items_of(const bench::arguments& given) {
    return std::max<std::size_t>(1, given.bytes_or(std::size_t{2} << 30U) / item_bytes);
}

/// One row. `checks`: on ranks that get the sum.
template <class Seconds>
void compare(bench::table& results, const inputs& in, double expected, const bench::contest& what, competitor hand,
             competitor ours, bool checks, Seconds&& seconds, bench::table::pairs_of_seconds* self) {
    if (!results.wants(what)) {
        return;
    }
    volatile double kept = 0; // or the sums might never be computed
    results.add(
        what, [&] { kept = hand(in); }, [&] { kept = ours(in); }, seconds, self);
    for (const competitor one : {hand, ours}) {
        if (one(in) != expected && checks) {
            throw std::runtime_error(what.ours + " or " + what.hand + ": a wrong sum");
        }
    }
}

} // namespace reading
