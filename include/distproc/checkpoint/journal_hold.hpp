// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/environment_variable.hpp>
#include <distproc/core/posix_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace distproc::detail {

enum class sharing : unsigned char { alone, shared };

/// Tries to lock a file (flock) at once; false where another process has it. Where the file system has no locks it
/// warns and does without.
[[nodiscard]] inline bool lock_file(int file, sharing how, const std::string& name) {
    if (::flock(file, (how == sharing::alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) {
        return true;
    }
    if (errno == EWOULDBLOCK) {
        return false;
    }
    if (!switched_off("DISTPROC_WARNINGS")) {
        std::fprintf(
            stderr,
            "distproc: warning: '%s' cannot be locked (%s): take care that no two runs write this output at once\n",
            name.c_str(), std::strerror(errno));
    }
    return true;
}

/// What each rank that writes holds besides: while one is there no other run begins, though the first rank is gone.
class journal_hold {
public:
    journal_hold() = default;
    journal_hold(const std::string& folder, sharing how) {
        const std::string name = folder + "/ranks";
        file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (file_ < 0) {
            throw_system_error(name, "made", errno);
        }
        if (!lock_file(file_, how, name)) {
            ::close(std::exchange(file_, -1));
        }
    }
    journal_hold(journal_hold&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    journal_hold& operator=(journal_hold&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~journal_hold() {
        if (file_ >= 0) {
            ::close(file_);
        }
    }
    explicit operator bool() const noexcept { return file_ >= 0; }

private:
    int file_ = -1;
};

} // namespace distproc::detail
