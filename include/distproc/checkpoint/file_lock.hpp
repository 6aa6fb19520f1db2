// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/descriptor.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/posix_file.hpp>

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace distproc::detail {

enum class sharing : unsigned char { alone, shared };

/// Tries to lock a file (flock) at once; false where another process has it. The system lets go of it when the
/// descriptor is closed, however the process ends. Where the file system has no locks it warns and does without.
[[nodiscard]] inline bool lock_at_once(const descriptor& file, sharing how, const std::string& name) {
    if (::flock(file.get(), (how == sharing::alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) {
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

/// What the writing ranks but the first hold of a journal, together; while one is there no other run begins, though the
/// first rank is gone. No descriptor where it cannot be had at once.
[[nodiscard]] inline descriptor hold_journal(const std::string& folder, sharing how) {
    const std::string name = folder + "/ranks";
    descriptor file(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (file.get() < 0) {
        throw_system_error(name, "made", errno);
    }
    return lock_at_once(file, how, name) ? std::move(file) : descriptor();
}

} // namespace distproc::detail
