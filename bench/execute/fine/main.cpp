// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On two threads.

#include "compare.hpp"

#include <cstdio>
#include <exception>
#include <vector>

int main(int argc, char** argv) try {
    const bench::arguments given(argc, argv);
    bench::table results(given, true);
    std::vector<double> out;
    const fine::job all{given.items_or(1'000'000), bench::links_for(1e-6), &out};
    bench::table::pairs_of_seconds self;
    const auto seconds = [](auto& f) { return bench::wall_seconds(f); };
    fine::compare(results, all, "tbb, 2 threads, null", fine::half_of_plain_loop, fine::distproc_tbb_null, false, true,
                  seconds, self);
    fine::compare(results, all, "tbb, 2 threads, memory", fine::half_of_plain_loop, fine::distproc_tbb_memory, true,
                  true, seconds, self);
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
