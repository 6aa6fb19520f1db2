// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <algorithm>
#include <cstddef>

namespace distproc::detail {

/// Asks for the first bytes at `data` (at most 8 KiB) to be brought into the cache, so that memory works while a cell
/// is computed. Only a hint: reads nothing, and an address that is not there does no harm.
inline void prefetch([[maybe_unused]] const void* data, [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(__GNUC__)
    constexpr std::size_t line = 64;
    constexpr std::size_t most = 8192; // more would crowd the first-level cache
    const char* at = static_cast<const char*>(data);
    for (std::size_t k = 0; k < std::min(bytes, most); k += line) {
        __builtin_prefetch(at + k);
    }
#endif
}

} // namespace distproc::detail
