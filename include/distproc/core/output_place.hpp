// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/result_layout.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>

// What writers of every file format ask of the place of an output, and of what is to be written there.

namespace distproc::detail {

/// Folder part of a path: "." where it has none.
[[nodiscard]] inline std::string folder_of(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Brings what was written to a file, or to a folder, to the disk. Throws `error` that names it.
inline void sync_to_disk(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        throw error("'" + path + "' cannot be opened to bring it to the disk: " + std::strerror(errno));
    }
    const int code = ::fsync(descriptor);
    const int reason = errno;
    ::close(descriptor);
    if (code != 0 && reason != EINVAL && reason != EROFS) { // some file systems have nothing to bring for folders
        throw error("'" + path + "' cannot be brought to the disk: fsync failed: " + std::strerror(reason));
    }
}

/// Throws `error` where the folder of an output is missing, or nothing can be made in it.
inline void check_folder_of(const std::string& path) {
    const std::string folder = folder_of(path);
    struct stat is {};
    if (::stat(folder.c_str(), &is) != 0 || !S_ISDIR(is.st_mode)) {
        throw error("directory '" + folder + "' of output '" + path + "' does not exist; create it first");
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        throw error("output '" + path + "' cannot be written: directory '" + folder + "': " + std::strerror(errno) +
                    "; choose another place");
    }
}

/// Throws `error` where units are given for what is no member of the result.
inline void check_units(const std::map<std::string, std::string>& units, const result_layout& result) {
    for (const auto& [name, unit] : units) {
        const auto is = [&n = name](const result_member& m) { return m.name == n; };
        if (std::none_of(result.members.begin(), result.members.end(), is)) {
            std::string all;
            for (const result_member& m : result.members) {
                all += (all.empty() ? "'" : ", '") + m.name + "'";
            }
            throw error("units are given for '" + name + "', but the members of the result are " + all +
                        (result.record ? "" : " (a result without members has its units under \"\")"));
        }
    }
}

} // namespace distproc::detail
