// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// In one process.

#include "../../common/table.hpp"
#include "cost.hpp"
#include <distproc/executor/serial.hpp>
#ifdef BENCH_HAS_TBB
#include <distproc/executor/tbb.hpp>
#endif

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
    const bench::arguments given(argc, argv);
    bench::table results(given, true);
    const auto seconds = [](auto& f) { return bench::wall_seconds(cost::repeated(f)) / 100; };
    const auto add = [&](const char* name, auto executor) {
        results.add_cost(
            {"cost", "an empty call", name}, [&] { cost::execute_one_item(executor); }, seconds);
    };
    add("serial", distproc::serial_executor{});
#ifdef BENCH_HAS_TBB
    add("tbb", distproc::tbb_executor{});
#endif
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
