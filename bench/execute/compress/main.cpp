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
    const bench::contest what{"compress", "raw zlib, threads", "hdf5, tbb", compressing::goal, compressing::pairs};
    if (!results.wants(what)) {
        return 0;
    }
    const bench::scratch_folder folder(given.folder.empty() ? "." : given.folder);
    const compressing::target to{folder.path() + "/out", compressing::items_of(given)};
    results.add(
        what, [&] { compressing::raw_zlib_threads(to); }, [&] { compressing::distproc_tbb(to); },
        [&](auto& f) {
            compressing::clear(to);
            return bench::wall_seconds(f);
        });
    compressing::clear(to);
    compressing::distproc_tbb(to);
    compressing::check(to);
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
