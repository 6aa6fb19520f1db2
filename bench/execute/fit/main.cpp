// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The competitors within one process.

#include "../../common/table.hpp"
#include "fit.hpp"

#include <cstdio>
#include <exception>

namespace {

using competitor = void (*)(const fit::fit_loop&, const fit::scan&, fit::fits&);

} // namespace

int main(int argc, char** argv) try {
    const bench::arguments given(argc, argv);
    bench::table results(given, true);
    const fit::scan scan = fit::generated_scan(given.items_or(1250));
    const fit::fit_loop compute(fit::sweep());
    fit::fits expected;
    fit::plain_loop(compute, scan, expected);
    const auto add = [&](const char* hand_name, competitor hand, const char* ours_name, competitor ours) {
        fit::fits out;
        results.add(
            {"fit", hand_name, ours_name, 1.02}, [&] { hand(compute, scan, out); }, [&] { ours(compute, scan, out); },
            [](auto& f) { return bench::wall_seconds(f); });
        ours(compute, scan, out);
        fit::check_same(expected, out, ours_name);
    };
    add("plain loop", fit::plain_loop, "serial", fit::distproc_serial);
#ifdef BENCH_HAS_TBB
    add("raw oneTBB", fit::raw_tbb, "tbb", fit::distproc_tbb);
#endif
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
