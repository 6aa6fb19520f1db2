// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: the executor chosen at run time, by the program's argument or by DISTPROC_EXECUTOR, which outranks it.
// Run:   ./05_choose_executor tbb
//        DISTPROC_EXECUTOR=mpi mpirun -n 2 ./05_choose_executor
// Prints "sum 338350 by " and the executor's name.

#include <distproc/distproc.hpp>
#include <distproc/hybrid.hpp>
#include <distproc/mpi.hpp>
#include <distproc/tbb.hpp>

#include <numeric>
#include <vector>

using executor = distproc::any_executor<distproc::serial_executor, distproc::tbb_executor, distproc::mpi_executor<>,
                                        distproc::hybrid_executor>;

int main(int argc, char** argv) {
    return distproc::run<executor>(argc, argv, [&](auto& job) {
        std::vector<int> numbers(100);
        std::iota(numbers.begin(), numbers.end(), 1);
        std::vector<int> squares; // filled on rank 0
        const auto report = distproc::execute(
            numbers, [](int x) { return x * x; }, executor{argc > 1 ? argv[1] : "serial"},
            distproc::memory_writer{squares});
        job.out() << "sum " << std::accumulate(squares.begin(), squares.end(), 0) << " by " << report.executor << '\n';
        return report;
    });
}
