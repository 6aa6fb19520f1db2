// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <atomic>
#include <cstdlib>

namespace distproc::detail {

/// How a process ends its job where that cannot go on: with all its ranks, where there are any.
inline std::atomic<void (*)(int) noexcept> how_jobs_end{nullptr};

/// Ends the job at once; nothing is cleaned up. For those who have said why.
[[noreturn]] inline void end_job(int code) noexcept {
    if (auto* const how = how_jobs_end.load()) {
        how(code);
    }
    std::_Exit(code);
}

} // namespace distproc::detail
