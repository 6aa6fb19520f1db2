// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "raw_mpi.hpp"
#include "threads.hpp"

#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <cstddef>
#include <vector>

namespace fit {

void raw_mpi_tbb(const fit_loop& compute, const scan& in, fits& out) {
    shared_counter counter;
    const std::size_t threads = threads_of_rank();
    std::vector<std::vector<numbered_fit>> of_thread(threads);
    tbb::task_arena arena(static_cast<int>(threads));
    arena.execute([&] {
        tbb::parallel_for(
            std::size_t{0}, threads,
            [&](std::size_t t) {
                std::vector<numbered_fit> mine;
                for (std::size_t k = counter.next(); k < in.size(); k = counter.next()) {
                    mine.push_back({k, compute(in[k])});
                }
                of_thread[t] = std::move(mine);
            },
            tbb::simple_partitioner{});
    });
    std::vector<numbered_fit> of_rank;
    for (const std::vector<numbered_fit>& mine : of_thread) {
        of_rank.insert(of_rank.end(), mine.begin(), mine.end());
    }
    gather_on_rank_0(of_rank, out, in.size());
}

} // namespace fit
