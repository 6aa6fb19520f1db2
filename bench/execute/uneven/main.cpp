// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On two threads.

#include "../../common/table.hpp"
#include "uneven.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
    const bench::arguments given(argc, argv);
    bench::table results(given, true);
    const uneven::durations seconds = uneven::make_durations(given.items_or(4000));
    uneven::results out;
    results.add_bound(
        {"uneven", "bound, computed", "tbb, 2 threads, spinning", 1.05, 15}, uneven::bound(seconds, 2),
        [&] { uneven::distproc_tbb(seconds, uneven::how::spinning, out); },
        [](auto& f) { return bench::wall_seconds(f); });
    if (!out.of_item.empty()) {
        out.check(seconds.size());
    }
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
