// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Folders for the files of a benchmark.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace bench {

/// Brings everything that waits for a folder's disk to it, so that no run pays for the one before.
inline void settle_disk(const std::string& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        ::syncfs(fd);
        ::close(fd);
    }
}

/// A new folder in another one, removed with all that is in it at the end.
class scratch_folder {
public:
    explicit scratch_folder(const std::string& in) : path_(in + "/distproc-bench-XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr) {
            throw std::runtime_error("cannot make a folder in '" + in + "'; name another one with --folder");
        }
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

} // namespace bench
