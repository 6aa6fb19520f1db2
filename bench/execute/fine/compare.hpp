// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "../../common/table.hpp"
#include "fine.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>

namespace fine {

using competitor = void (*)(const job&);

/// `checks`: on a rank that has the results.
template <class Seconds>
void compare(bench::table& results, const job& all, const std::string& name, competitor hand, competitor ours,
             bool stores, bool checks, Seconds&& seconds, bench::table::pairs_of_seconds& self) {
    const bench::contest what{"fine", "plain loop / 2", name, 1.053, 15};
    if (!results.wants(what)) {
        return;
    }
    results.add(
        what, [&] { hand(all); }, [&] { ours(all); }, seconds, &self);
    if (!stores) {
        return;
    }
    ours(all);
    for (std::size_t k = 0; checks && k < all.items; ++k) {
        if (all.out->at(k) != work(all.links, k)) {
            throw std::runtime_error(name + ": other results than the plain loop");
        }
    }
}

} // namespace fine
