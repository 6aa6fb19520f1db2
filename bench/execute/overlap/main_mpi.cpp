// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// On one rank: bench_overlap_mpi, in the folder that `--folder` names.

#include "../../common/folder.hpp"
#include "../../common/mpi_main.hpp"
#include "overlap.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

int main(int argc, char** argv) {
    return bench::run_on_ranks(argc, argv, [](const bench::arguments& given, bench::rank_place here) {
        if (here.size != 1) {
            throw std::runtime_error("this benchmark is for one rank");
        }
        bench::table results(given, true);
        const bench::contest what{"overlap", "slowest stage alone", "read + compute + write", 1.1, 11};
        if (!results.wants(what)) {
            return;
        }
        const bench::scratch_folder folder(given.folder.empty() ? "." : given.folder);
        // Reading from the page cache is quicker than writing: as much of it as takes equally long.
        overlap::job job{folder.path(), 0, 8192, 8192, 0};
        job.items =
            std::max<std::size_t>(16, given.bytes_or(std::size_t{512} << 20U) / (job.values_out * sizeof(double)));
        const auto best = [](auto&& stage, const overlap::job& of) {
            double least = stage(of);
            for (int k = 0; k < 4; ++k) {
                least = std::min(least, stage(of));
            }
            return least;
        };
        overlap::make_input(job);
        const double write = best(overlap::writing, job);
        job.values_in = std::max<std::size_t>(
            1, static_cast<std::size_t>(write / best(overlap::reading, job) * static_cast<double>(job.values_in)));
        overlap::make_input(job);
        job.seconds = write / static_cast<double>(job.items);
        results.add(
            what,
            [&] {
                return std::max({overlap::reading(job), overlap::computing(job), overlap::writing(job)});
            },
            [&] { return overlap::all_three(job); }, [](auto& f) { return f(); });
        results.note("alone: reading " + bench::seconds_text(best(overlap::reading, job)) + ", computing " +
                     bench::seconds_text(best(overlap::computing, job)) + ", writing " +
                     bench::seconds_text(best(overlap::writing, job)));
        results.note("by hand, a thread that reads beside one that writes, nothing computed: " +
                     bench::seconds_text(best(overlap::raw_together, job)));
        const overlap::small_results small = overlap::write_small_results(folder.path(), given.items_or(1'000'000));
        results.note(std::to_string(small.items) + " results of 8 bytes: " + std::to_string(small.blocks) +
                     " blocks, " + std::to_string(small.write_calls) +
                     " write calls of the system, those that make the file included");
    });
}
