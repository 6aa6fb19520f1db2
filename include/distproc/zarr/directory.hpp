// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace distproc::zarr {

/// Whether a path below a Zarr directory is one of those that make it up: metadata, or a chunk "c", "c/0/1", "c.0.1",
/// "0.1", each maybe unfinished (".part").
[[nodiscard]] inline bool belongs_to_zarr(const std::filesystem::path& below) {
    std::string name = below.filename().string();
    if (name.ends_with(".part")) {
        name.resize(name.size() - 5);
    }
    const auto numbers = [](std::string_view text) {
        return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
    };
    return name == metadata_name || name == "c" || numbers(name) || (name.starts_with("c.") && numbers(name.substr(2)));
}

/// Throws `error` that names it where a directory holds anything but Zarr's own files.
inline void check_all_zarr(const std::string& path) {
    std::error_code code;
    std::filesystem::recursive_directory_iterator all(path, code);
    for (; !code && all != std::filesystem::recursive_directory_iterator(); all.increment(code)) {
        const auto& entry = *all;
        const bool plain = !entry.is_symlink() && (entry.is_regular_file() || entry.is_directory());
        if (!plain || (entry.is_regular_file() && !belongs_to_zarr(entry.path()))) {
            throw error("output '" + path + "' holds '" + entry.path().lexically_relative(path).string() +
                        "', which is no part of a Zarr directory; move it away, or name another output");
        }
    }
    if (code) {
        throw_system_error(path, "listed", code.value());
    }
}

/// Throws `error` where `path` cannot become a new directory, or is a source's, or lies in one or around one.
inline void check_target(const std::string& path, const std::vector<std::string>& source_files) {
    if (path.empty()) {
        throw error("the output has no name; name a directory: shard_writer{\"fits.zarr\"}");
    }
    namespace fs = std::filesystem;
    std::error_code ignored;
    const fs::path mine = fs::weakly_canonical(path, ignored);
    for (const std::string& source : source_files) {
        const fs::path theirs = fs::weakly_canonical(source, ignored);
        const auto end = std::mismatch(mine.begin(), mine.end(), theirs.begin(), theirs.end());
        if (end.first == mine.end() || (end.second == theirs.end() && fs::is_directory(theirs, ignored) &&
                                        fs::exists(theirs / metadata_name, ignored))) {
            throw error("output '" + path + "' is the source '" + source + "', or one lies in the other; write to " +
                        "another directory");
        }
    }
    distproc::detail::check_folder_of(path);
}

/// What is at the place of an output.
enum class occupant : unsigned char { nothing, empty_directory, zarr_directory };

/// Throws `error` where it is something that is not to be replaced, whatever the user says.
[[nodiscard]] inline occupant find_occupant(const std::string& path) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) {
        return occupant::nothing;
    }
    if (!S_ISDIR(there.st_mode)) {
        throw error("output '" + path + "' exists and is no directory; name another output, or remove it");
    }
    std::error_code code;
    if (std::filesystem::is_empty(path, code) && !code) {
        return occupant::empty_directory;
    }
    if (!std::filesystem::exists(path + "/" + std::string(metadata_name), code)) {
        const std::filesystem::directory_iterator first(path, code);
        throw error("output '" + path + "' is no Zarr directory: it holds '" +
                    (code ? std::string("?") : first->path().filename().string()) + "' and no " +
                    std::string(metadata_name) + "; name another output");
    }
    return occupant::zarr_directory;
}

/// Removes a tree; throws `error` where that fails.
inline void remove_tree(const std::string& path) {
    std::error_code code;
    std::filesystem::remove_all(path, code);
    if (code) {
        throw_system_error(path, "removed", code.value());
    }
}

/// Gives a directory its final name, in place of an old one where `replaced` is not nothing. False, and nothing
/// changes, where another has been made there in between.
[[nodiscard]] inline bool publish(const std::string& temporary, const std::string& path, occupant replaced) {
    const std::string old = path + ".old-" + std::to_string(::getpid());
    if (replaced == occupant::zarr_directory) {
        rename_to(path, old);
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) { // an empty directory may be there, one with files may not
        const int reason = errno;
        if (replaced == occupant::zarr_directory) {
            (void)std::rename(old.c_str(), path.c_str());
        }
        if (reason == EEXIST || reason == ENOTEMPTY || reason == ENOTDIR) {
            return false;
        }
        throw_system_error(temporary, "renamed to '" + path + "'", reason);
    }
    distproc::detail::sync_to_disk(distproc::detail::folder_of(path));
    if (replaced == occupant::zarr_directory) {
        remove_tree(old);
    }
    return true;
}

} // namespace distproc::zarr
