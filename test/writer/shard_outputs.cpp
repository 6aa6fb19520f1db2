// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes one directory of each form into the folder that is named; check_with_zarr.py reads them.
#include "writer/shard_results.hpp"
#include <distproc/core/team.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    try {
        std::filesystem::create_directories(argv[1]);
        test::write_shard_outputs(argv[1], distproc::solo_team{});
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
    return 0;
}
