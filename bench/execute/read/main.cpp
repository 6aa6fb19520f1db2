// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// In one process, in the folder that `--folder` names.

#include "compare.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
    const bench::arguments given(argc, argv);
    bench::table results(given, true);
    const bench::scratch_folder folder(given.folder.empty() ? "." : given.folder);
    const std::size_t items = reading::items_of(given);
    const reading::inputs in = reading::make_inputs(folder.path(), items);
    const double expected = reading::expected_sum(items);
    const auto seconds = [](auto& f) { return bench::wall_seconds(f); };
    bench::table::pairs_of_seconds self;
    const auto add = [&](const char* hand_name, reading::competitor hand, const char* ours_name,
                         reading::competitor ours) {
        reading::compare(results, in, expected, {"read", hand_name, ours_name, reading::goal, 15}, hand, ours, true,
                         seconds, &self);
    };
    add("raw pread", reading::raw_pread_serial, "hdf5, serial", reading::distproc_hdf5_serial);
    add("raw pread", reading::raw_pread_serial, "shard, serial", reading::distproc_shard_serial);
#ifdef BENCH_HAS_TBB
    self.clear();
    add("raw pread, threads", reading::raw_pread_threads, "hdf5, tbb", reading::distproc_hdf5_tbb);
    add("raw pread, threads", reading::raw_pread_threads, "shard, tbb", reading::distproc_shard_tbb);
#endif
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
