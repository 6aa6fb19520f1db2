// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "../../common/folder.hpp"
#include "../../common/table.hpp"
#include "compress.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>

namespace compressing {

using competitor = void (*)(const target&);

inline constexpr double goal = 1.053; // 0.95 of the speed
inline constexpr std::size_t pairs = 9;

inline std::size_t items_of(const bench::arguments& given) {
    return std::max<std::size_t>(1, given.bytes_or(std::size_t{256} << 20U) / item_bytes);
}

/// Removes what the last run left, and waits for the disk.
inline void clear(const target& to) {
    const std::filesystem::path folder = std::filesystem::path(to.path).parent_path();
    for (const auto& each : std::filesystem::directory_iterator(folder)) {
        std::filesystem::remove_all(each.path());
    }
    bench::settle_disk(folder.string());
}

} // namespace compressing
