// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

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

} // namespace test
