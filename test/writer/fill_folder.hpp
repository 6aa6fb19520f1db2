// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// main() of programs that leave outputs in a folder, for a script that reads them.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

namespace test {

/// `PROGRAM FOLDER`: calls `fill(folder)`; the exit code.
template <class Fill>
int fill_folder(int argc, char** argv, Fill&& fill) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    try {
        std::filesystem::create_directories(argv[1]);
        fill(std::string(argv[1]));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
    return 0;
}

} // namespace test
