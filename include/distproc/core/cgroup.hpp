// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace distproc {

/// Where the kernel shows the limits of this process. Tests give folders of their own.
struct kernel_files {
    std::string proc = "/proc";
    std::string cgroups = "/sys/fs/cgroup";
};

namespace detail {

/// A whole small text file; nothing where it cannot be read.
inline std::optional<std::string> read_text(const std::string& path) {
    struct closer {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, closer> file(std::fopen(path.c_str(), "re"));
    if (!file) {
        return std::nullopt;
    }
    std::string text;
    char part[4096];
    for (std::size_t got = 0; (got = std::fread(part, 1, sizeof(part), file.get())) > 0;) {
        text.append(part, got);
    }
    return std::ferror(file.get()) != 0 ? std::nullopt : std::optional<std::string>(std::move(text));
}

/// Cuts the text before `mark` off `rest` and returns it; everything where there is no such mark.
inline std::string_view cut(std::string_view& rest, char mark) noexcept {
    const std::string_view front = rest.substr(0, rest.find(mark));
    rest.remove_prefix(std::min(rest.size(), front.size() + 1));
    return front;
}

/// The number that a text starts with, after blanks; nothing where there is none ("max").
inline std::optional<long long> leading_number(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t")));
    long long number = 0;
    const auto problem = std::from_chars(text.data(), text.data() + text.size(), number).ec;
    return problem == std::errc{} ? std::optional<long long>(number) : std::nullopt;
}

/// The number behind "key" at the start of a line ("MemAvailable:    123 kB"); nothing where there is no such line.
inline std::optional<long long> number_of_line(std::string_view text, std::string_view key) noexcept {
    while (!text.empty()) {
        const std::string_view line = cut(text, '\n');
        if (line.substr(0, key.size()) == key) {
            return leading_number(line.substr(key.size()));
        }
    }
    return std::nullopt;
}

inline std::optional<long long> number_of_file(const std::string& path) {
    const auto text = read_text(path);
    return text ? leading_number(*text) : std::nullopt;
}

inline bool has_word(std::string_view list, std::string_view word) noexcept {
    while (!list.empty()) {
        if (cut(list, ',') == word) {
            return true;
        }
    }
    return false;
}

} // namespace detail

/// The folders whose limits hold for this process: its control group and those above it, innermost first, of version 2
/// and of version 1's `controller` ("cpu", "memory"). Some may not exist: a container sees a part of the tree only.
[[nodiscard]] inline std::vector<std::string> cgroup_folders(std::string_view controller,
                                                             const kernel_files& files = {}) {
    const std::string text = detail::read_text(files.proc + "/self/cgroup").value_or("");
    std::vector<std::string> folders;
    for (std::string_view rest = text; !rest.empty();) {
        std::string_view line = detail::cut(rest, '\n'); // "0::/user/job" or "4:cpu,cpuacct:/user/job"
        (void)detail::cut(line, ':');
        const std::string_view controllers = detail::cut(line, ':');
        if (!controllers.empty() && !detail::has_word(controllers, controller)) {
            continue;
        }
        const bool outside = line.find("..") != std::string_view::npos; // the group lies above what we may see
        std::string path(outside ? std::string_view{} : line);
        const std::string mount = controllers.empty() ? files.cgroups : files.cgroups + "/" + std::string(controllers);
        for (;;) {
            while (!path.empty() && path.back() == '/') {
                path.pop_back();
            }
            folders.push_back(mount + path);
            if (path.empty()) {
                break;
            }
            path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
        }
    }
    return folders;
}

} // namespace distproc
