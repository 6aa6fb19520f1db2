// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "compare.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
    const bench::arguments given(argc, argv);
    bench::table results(given, true);
    sums::sum_bench bench(given.items_or(100'000'000), results);
    const auto seconds = [](auto& f) { return bench::wall_seconds(f); };
    bench.add("plain loop", sums::plain_loop, "serial", sums::distproc_serial, 1.10, true, seconds);
#ifdef BENCH_HAS_TBB
    bench.add("raw oneTBB", sums::raw_tbb, "tbb", sums::distproc_tbb, 1.10, true, seconds);
#endif
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
