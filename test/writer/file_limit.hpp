// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Limits of this process, for a while.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstddef>

namespace test {

/// Of a kind of setrlimit.
class process_limit {
public:
    template <class Kind>
    process_limit(Kind kind, std::size_t most) : kind_(static_cast<int>(kind)) {
        REQUIRE(::getrlimit(kind, &old_) == 0);
        rlimit now = old_;
        now.rlim_cur = most;
        REQUIRE(::setrlimit(kind, &now) == 0);
    }
    ~process_limit() { ::setrlimit(static_cast<__rlimit_resource_t>(kind_), &old_); }
    process_limit(const process_limit&) = delete;
    process_limit& operator=(const process_limit&) = delete;

private:
    int kind_;
    rlimit old_{};
};

/// How large a file may become; writing beyond is the error EFBIG.
class file_limit {
public:
    explicit file_limit(std::size_t bytes) : old_(std::signal(SIGXFSZ, SIG_IGN)), limit_(RLIMIT_FSIZE, bytes) {}
    ~file_limit() { std::signal(SIGXFSZ, old_); }
    file_limit(const file_limit&) = delete;
    file_limit& operator=(const file_limit&) = delete;

private:
    void (*old_)(int);
    process_limit limit_;
};

/// How many files may be open.
class open_files_limit {
public:
    explicit open_files_limit(std::size_t files) : limit_(RLIMIT_NOFILE, files) {}

private:
    process_limit limit_;
};

} // namespace test
