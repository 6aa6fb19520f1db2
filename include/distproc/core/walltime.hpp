// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/environment_variable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace distproc {

namespace detail {

/// What `squeue -o %L` says: "[[days-]hours:]minutes:seconds"; nothing for "UNLIMITED" and the like.
[[nodiscard]] inline std::optional<std::chrono::seconds> parse_slurm_time(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    std::size_t days = 0;
    const std::size_t dash = text.find('-');
    if (dash != std::string_view::npos) {
        const auto number = whole_number(text.substr(0, dash));
        if (!number) {
            return std::nullopt;
        }
        days = *number;
        text.remove_prefix(dash + 1);
    }
    std::size_t seconds = 0; // of hours, minutes and seconds, as far as they are there
    std::size_t parts = 0;
    for (bool more = true; more; ++parts) {
        const std::size_t colon = text.find(':');
        const auto number = whole_number(text.substr(0, colon));
        if (!number || parts == 3) {
            return std::nullopt;
        }
        seconds = seconds * 60 + *number;
        more = colon != std::string_view::npos;
        text.remove_prefix(more ? colon + 1 : text.size());
    }
    return std::chrono::seconds(days * 86400 + seconds);
}

} // namespace detail

/// How long Slurm lets this job go on, from SLURM_JOB_END_TIME, or else, on the first rank alone, from `squeue`;
/// nothing where the job has no limit, where this is no job of Slurm, or where squeue does not answer.
[[nodiscard]] inline std::optional<std::chrono::seconds> walltime_left() {
    using namespace std::chrono;
    if (const auto end = detail::number_from_launcher("SLURM_JOB_END_TIME")) {
        const auto now = duration_cast<seconds>(system_clock::now().time_since_epoch());
        return seconds(*end) - now;
    }
    const auto job = detail::number_from_launcher("SLURM_JOB_ID");
    if (!job || launched_rank() != 0) {
        return std::nullopt;
    }
    std::string name = std::to_string(*job); // of an array it would name all tasks
    const auto array = detail::number_from_launcher("SLURM_ARRAY_JOB_ID");
    const auto task = detail::number_from_launcher("SLURM_ARRAY_TASK_ID");
    if (array && task) {
        name = std::to_string(*array) + "_" + std::to_string(*task);
    }
    std::string text;
    if (std::FILE* const squeue = ::popen(("squeue -h -j " + name + " -o %L 2>/dev/null").c_str(), "r")) {
        char some[64];
        while (std::fgets(some, sizeof some, squeue) != nullptr) {
            text += some;
        }
        ::pclose(squeue);
    }
    if (text.empty()) {
        std::fprintf(stderr, "distproc: warning: squeue does not say when job %s ends; no run is stopped before that\n",
                     name.c_str());
    }
    return detail::parse_slurm_time(text);
}

} // namespace distproc
