// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/output_place.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace distproc::detail {

/// Gives a file a name that no other file may have. False where another has it, made in between or not. Where the file
/// system has no hard links it looks first and then renames, so that a file made in between is lost.
[[nodiscard]] inline bool claim_name(const std::string& temporary, const std::string& path) {
    if (::link(temporary.c_str(), path.c_str()) == 0) {
        ::unlink(temporary.c_str());
        return true;
    }
    const int reason = errno;
    struct stat mine {};
    struct stat other {};
    const bool taken = ::lstat(path.c_str(), &other) == 0;
    if (taken && ::lstat(temporary.c_str(), &mine) == 0 && mine.st_dev == other.st_dev && mine.st_ino == other.st_ino) {
        ::unlink(temporary.c_str()); // it is this file: over NFS the answer to a repeated request is EEXIST
        return true;
    }
    if (taken || reason == EEXIST) {
        return false;
    }
    const bool no_links =
        reason == EPERM || reason == ENOTSUP || reason == EOPNOTSUPP || reason == ENOSYS || reason == EMLINK;
    if (!no_links || std::rename(temporary.c_str(), path.c_str()) != 0) {
        throw error("'" + temporary + "' cannot be renamed to '" + path +
                    "': " + std::strerror(no_links ? errno : reason));
    }
    return true;
}

/// Gives a file its final name, durably. Replaces what has that name where `replace`; else returns false, and changes
/// nothing, where a file has it.
[[nodiscard]] inline bool publish(const std::string& temporary, const std::string& path, bool replace) {
    sync_to_disk(temporary);
    if (!replace) {
        if (!claim_name(temporary, path)) {
            return false;
        }
    } else if (std::rename(temporary.c_str(), path.c_str()) != 0) {
        throw error("'" + temporary + "' cannot be renamed to '" + path + "': " + std::strerror(errno));
    }
    sync_to_disk(folder_of(path));
    return true;
}

/// Throws `error` where `path` cannot become a new file, or is one of the source's files.
inline void check_target(const std::string& path, const std::vector<std::string>& source_files) {
    if (path.empty()) {
        throw error("the output has no file name; name one: hdf5_writer{\"fits.h5\", \"/fits\"}");
    }
    struct stat target {};
    const bool exists = ::stat(path.c_str(), &target) == 0;
    for (const std::string& source : source_files) {
        struct stat theirs {};
        const bool same = exists && ::stat(source.c_str(), &theirs) == 0 && theirs.st_dev == target.st_dev &&
                          theirs.st_ino == target.st_ino;
        if (same || source == path) {
            throw error("output '" + path + "' is the source file '" + source + "'; write to another file");
        }
    }
    if (exists && S_ISDIR(target.st_mode)) {
        throw error("output '" + path + "' is a directory; name a file in it");
    }
    check_folder_of(path);
}

} // namespace distproc::detail
