// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstddef>
#include <filesystem>

namespace test {

/// Descriptors that this process has open.
inline std::size_t open_files() {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        count += entry.is_symlink() ? 1 : 0;
    }
    return count;
}

/// Lets this process open no more than so many files, until it goes.
class few_files {
public:
    explicit few_files(rlim_t most) {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &old_) == 0);
        rlimit few = old_;
        few.rlim_cur = most;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    }
    ~few_files() { ::setrlimit(RLIMIT_NOFILE, &old_); }
    few_files(const few_files&) = delete;
    few_files& operator=(const few_files&) = delete;

private:
    rlimit old_{};
};

} // namespace test
