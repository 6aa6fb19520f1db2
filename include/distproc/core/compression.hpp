// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <string>
#include <string_view>

namespace distproc {

/// How bytes are made fewer. `deflate` is read everywhere; `zstd` is several times faster at the same size.
enum class codec : unsigned char { none, deflate, zstd };

[[nodiscard]] constexpr std::string_view to_string(codec method) noexcept {
    switch (method) {
    case codec::none:
        return "none";
    case codec::deflate:
        return "deflate";
    case codec::zstd:
        return "zstd";
    }
    return "unknown";
}

/// What a writer compresses its output with, for example `compression{codec::zstd, 3}`.
struct compression {
    codec method = codec::none;
    int level = -1;      ///< of the codec: deflate 0 to 9, zstd 1 to 22; -1: the library's default, 6 and 3
    bool shuffle = true; ///< where the format has it: first bytes of all elements first, then second bytes, and so on

    friend bool operator==(const compression&, const compression&) = default;
};

/// The level that -1 stands for; other levels as they are.
[[nodiscard]] constexpr int level_in_use(const compression& how) noexcept {
    return how.level != -1 || how.method == codec::none ? how.level : how.method == codec::deflate ? 6 : 3;
}

/// For reports: "zstd 3", "deflate 6", "none".
[[nodiscard]] inline std::string to_string(const compression& how) {
    const std::string method(to_string(how.method));
    return how.method == codec::none ? method : method + " " + std::to_string(level_in_use(how));
}

/// Throws `error` where the method is none of those above, or does not have the level.
inline void check(const compression& how) {
    const std::string level = std::to_string(how.level);
    switch (how.method) {
    case codec::none:
        if (how.level != -1) {
            throw error("compression has level " + level +
                        " and no method; set method to codec::deflate or codec::zstd");
        }
        return;
    case codec::deflate:
        if (how.level < -1 || how.level > 9) {
            throw error("compression by deflate has no level " + level + "; give 0 to 9, or -1 for the default of 6");
        }
        return;
    case codec::zstd:
        if (how.level != -1 && (how.level < 1 || how.level > 22)) {
            throw error("compression by zstd has no level " + level + "; give 1 to 22, or -1 for the default of 3");
        }
        return;
    }
    throw error("compression has a method that is unknown; write codec::none, codec::deflate or codec::zstd");
}

} // namespace distproc
