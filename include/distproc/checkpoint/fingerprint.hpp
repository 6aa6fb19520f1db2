// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/crc32c.hpp>
#include <distproc/core/parameters.hpp>
#include <distproc/core/posix_file.hpp>
#include <distproc/core/result_text.hpp>
#include <distproc/core/shape.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A fingerprint is a text, one line for each thing that makes the work what it is: "key: value". It stands in the
// output, so that a later run can tell whether it is to do the same work, and say what differs where it is not.

namespace distproc::detail {

/// "crc32c 1a2b3c4d".
[[nodiscard]] inline std::string checksum_text(std::uint32_t sum) {
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08x", static_cast<unsigned>(sum));
    return std::string("crc32c ") + digits;
}

/// A parameter of a compute: itself where it is short, else how much it is and its checksum.
[[nodiscard]] inline std::string fingerprint_value(const parameter& p) {
    if (p.is_text) {
        const bool plain = p.text.size() <= 64 && p.text.find_first_of("\r\n") == std::string::npos;
        return plain ? '"' + p.text + '"'
                     : std::to_string(p.text.size()) + " characters, " +
                           checksum_text(crc32c(std::as_bytes(std::span(p.text))));
    }
    const std::string kind(to_string(p.kind));
    if (p.extents.empty()) {
        return to_text(p.kind, p.extents, p.bytes.data()) + " (" + kind + ")";
    }
    return to_string(p.extents) + " " + kind + ", " + checksum_text(crc32c(p.bytes));
}

/// One line of a fingerprint.
struct fingerprint_line {
    std::string key; ///< of several with one key: the second as "key (2)", and so on
    std::string_view value;
};

[[nodiscard]] inline std::vector<fingerprint_line> lines_of(std::string_view fingerprint) {
    std::vector<fingerprint_line> lines;
    while (!fingerprint.empty()) {
        const std::size_t end = std::min(fingerprint.find('\n'), fingerprint.size());
        const std::string_view line = fingerprint.substr(0, end);
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos) {
            const std::string key(line.substr(0, colon));
            std::string unique = key;
            const auto taken = [&](const fingerprint_line& other) { return other.key == unique; };
            for (int k = 2; std::any_of(lines.begin(), lines.end(), taken); ++k) {
                unique = key + " (" + std::to_string(k) + ")";
            }
            lines.push_back({std::move(unique), line.substr(colon + 2)});
        }
        fingerprint.remove_prefix(std::min(end + 1, fingerprint.size()));
    }
    return lines;
}

/// Lines that do not make the work another one: where they differ, a warning is enough.
inline constexpr std::array<std::string_view, 2> circumstances{"program", "cpu"};

/// What two fingerprints do not have in common, by lines: "tolerance: 0.1 (float64) there, 0.2 (float64) now".
struct fingerprint_differences {
    std::vector<std::string> work;
    std::vector<std::string> circumstances;
};

[[nodiscard]] inline fingerprint_differences compare_fingerprints(std::string_view there, std::string_view now) {
    fingerprint_differences found;
    const std::vector<fingerprint_line> old = lines_of(there);
    const std::vector<fingerprint_line> fresh = lines_of(now);
    const auto value_in = [](const std::vector<fingerprint_line>& lines, std::string_view key) {
        const auto at = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.key == key; });
        return at == lines.end() ? std::string_view("nothing") : at->value;
    };
    const auto note = [&](std::string_view key) {
        const std::string_view a = value_in(old, key);
        const std::string_view b = value_in(fresh, key);
        if (a != b) {
            const bool minor = std::find(circumstances.begin(), circumstances.end(), key) != circumstances.end();
            (minor ? found.circumstances : found.work)
                .push_back(std::string(key) + ": " + std::string(a) + " there, " + std::string(b) + " now");
        }
    };
    for (const fingerprint_line& line : fresh) {
        note(line.key);
    }
    for (const fingerprint_line& line : old) {
        if (value_in(fresh, line.key) == "nothing") {
            note(line.key);
        }
    }
    return found;
}

/// What tells this program's file from one that was built from other sources: its size and checksum. Read once.
[[nodiscard]] inline const std::string& program_text() {
    static const std::string text = [] {
        try {
            const posix_file file = posix_file::open_if_there("/proc/self/exe");
            if (!file.valid()) {
                return std::string("unknown");
            }
            const std::uint64_t size = file.size();
            std::vector<std::byte> piece(std::size_t{1} << 20U);
            std::uint32_t sum = 0;
            for (std::uint64_t at = 0; at < size; at += piece.size()) {
                const auto some =
                    std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - at)));
                file.read(at, some);
                sum = crc32c(some, sum);
            }
            return std::to_string(size) + " bytes, " + checksum_text(sum);
        } catch (...) {
            return std::string("unknown");
        }
    }();
    return text;
}

} // namespace distproc::detail
