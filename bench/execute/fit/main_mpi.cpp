// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The competitors over ranks, all of one node: mpirun -n 2 bench_fit_mpi. A run takes as long as on its slowest rank.

#include "../../common/slowest_rank.hpp"
#include "../../common/table.hpp"
#include "fit.hpp"

#include <mpi.h>

#include <cstdio>
#include <exception>

namespace {

using competitor = void (*)(const fit::fit_loop&, const fit::scan&, fit::fits&);

void compare_all(const bench::arguments& given, bool on_root) {
    bench::table results(given, on_root);
    const fit::scan scan = fit::generated_scan(given.items_or(1250));
    const fit::fit_loop compute(fit::sweep());
    fit::fits expected;
    if (on_root) {
        fit::plain_loop(compute, scan, expected);
    }
    const auto add = [&](const char* hand_name, competitor hand, const char* ours_name, competitor ours) {
        fit::fits out;
        results.add(
            {"fit", hand_name, ours_name, 1.02}, [&] { hand(compute, scan, out); }, [&] { ours(compute, scan, out); },
            [](auto& f) { return bench::seconds_of_slowest(f); });
        ours(compute, scan, out);
        fit::check_same(expected, out, ours_name);
    };
    add("raw MPI", fit::raw_mpi, "mpi", fit::distproc_mpi);
#ifdef BENCH_HAS_TBB
    add("raw MPI + oneTBB", fit::raw_mpi_tbb, "hybrid", fit::distproc_hybrid);
#endif
}

} // namespace

int main(int argc, char** argv) {
    int support = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &support);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    try {
        compare_all(bench::arguments(argc, argv), rank == 0);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Finalize();
    return 0;
}
