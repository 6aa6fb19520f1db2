// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/cgroup.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace distproc {

namespace detail {

/// The value of a line "key   : value"; empty where there is none.
inline std::string_view value_of_line(std::string_view text, std::string_view key) noexcept {
    while (!text.empty()) {
        std::string_view line = cut(text, '\n');
        std::string_view name = cut(line, ':');
        name = name.substr(0, name.find_last_not_of(" \t") + 1);
        const auto start = line.find_first_not_of(" \t");
        if (name == key && start != std::string_view::npos) {
            return line.substr(start, line.find_last_not_of(" \t") + 1 - start);
        }
    }
    return {};
}

} // namespace detail

/// The CPU's name in the text of /proc/cpuinfo; where it has none (ARM), its numbers; else "unknown CPU".
[[nodiscard]] inline std::string cpu_model_in(std::string_view cpuinfo) {
    for (const char* key : {"model name", "cpu model", "Model"}) {
        if (const auto value = detail::value_of_line(cpuinfo, key); !value.empty()) {
            return std::string(value);
        }
    }
    const auto maker = detail::value_of_line(cpuinfo, "CPU implementer");
    if (maker.empty()) {
        return "unknown CPU";
    }
    return "ARM CPU, implementer " + std::string(maker) + ", part " +
           std::string(detail::value_of_line(cpuinfo, "CPU part"));
}

/// The name of this machine's CPU. Math libraries choose code by it, so results may differ in their last bits on
/// another one. Read once.
[[nodiscard]] inline const std::string& cpu_model() {
    static const std::string model = cpu_model_in(detail::read_text("/proc/cpuinfo").value_or(""));
    return model;
}

/// This machine's name; "unknown host" where it has none.
[[nodiscard]] inline std::string host_name() {
    char name[256] = {};
    return gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "unknown host";
}

/// The largest amount of memory that this process has had at one time, bytes.
[[nodiscard]] inline std::size_t peak_memory_bytes() noexcept {
    rusage usage{};
    return getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::size_t>(usage.ru_maxrss) * 1024 : 0;
}

/// The memory that this process has of its own now, bytes; without files that it has mapped and what it shares.
[[nodiscard]] inline std::size_t own_memory_bytes(const kernel_files& files = {}) {
    const std::string text = detail::read_text(files.proc + "/self/statm").value_or(""); // pages: all, resident, shared
    std::string_view rest = text;
    (void)detail::cut(rest, ' ');
    const auto resident = detail::leading_number(detail::cut(rest, ' '));
    const auto shared = detail::leading_number(rest);
    const auto pages = resident && shared ? std::optional(*resident - *shared) : std::nullopt;
    return pages && *pages > 0 ? static_cast<std::size_t>(*pages) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))
                               : 0;
}

/// What the limits of the control groups still leave to this process and all others in them, bytes; nothing where they
/// set no limit. Memory that only caches files counts as free.
[[nodiscard]] inline std::optional<std::size_t> cgroup_memory_bytes(const kernel_files& files = {}) {
    std::optional<std::size_t> least;
    const auto limit = [&](const std::string& folder, const char* most, const char* used, const std::string& total) {
        const auto bytes = detail::number_of_file(folder + most);
        if (!bytes || *bytes < 0 || *bytes >= std::numeric_limits<long long>::max() / 2) {
            return; // "max", or version 1's way to say so
        }
        const long long held = detail::number_of_file(folder + used).value_or(0);
        const auto stat = detail::read_text(folder + "/memory.stat");
        long long cached = 0;
        for (const char* const kind : {"inactive_file ", "active_file "}) {
            cached += stat ? detail::number_of_line(*stat, total + std::string(kind)).value_or(0) : 0;
        }
        const auto left = static_cast<std::size_t>(std::max(0LL, *bytes - std::max(0LL, held - cached)));
        least = std::min(left, least.value_or(left));
    };
    for (const std::string& folder : cgroup_folders("memory", files)) {
        limit(folder, "/memory.max", "/memory.current", "");
        limit(folder, "/memory.high", "/memory.current", "");
        limit(folder, "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_");
    }
    return least;
}

/// Memory that can be had without swapping, bytes: what the machine has free (MemAvailable), limited by what the
/// control groups leave. All ranks of a node share it.
[[nodiscard]] inline std::size_t available_memory_bytes(const kernel_files& files = {}) {
    const auto info = detail::read_text(files.proc + "/meminfo");
    const auto kibibytes = info ? detail::number_of_line(*info, "MemAvailable:") : std::nullopt;
    std::size_t bytes = std::size_t{1} << 30U; // a machine that does not tell
    if (kibibytes && *kibibytes >= 0) {
        bytes = static_cast<std::size_t>(*kibibytes) * 1024;
    }
    return std::min(bytes, cgroup_memory_bytes(files).value_or(bytes));
}

/// The budget of a node for reading ahead, computing and buffers where the user names none, bytes: a quarter of the
/// available memory, so that the user's own data and the file cache keep room. At least 16 MiB.
[[nodiscard]] inline std::size_t default_budget_bytes(const kernel_files& files = {}) {
    return std::max(available_memory_bytes(files) / 4, std::size_t{1} << 24U);
}

} // namespace distproc
