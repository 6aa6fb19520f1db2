// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/exit_state.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>

namespace distproc {

/// The environment of executors that need none: one process. It shows what `run` asks of an environment:
///
/// | expression             | meaning |
/// |------------------------|---------|
/// | `E(argc, argv)`        | starts it (MPI_Init where nobody did); may warn on standard error |
/// | `rank() size()`        | this process, and how many were started together |
/// | `agree(code, message)` | collective: how the whole job ended. A rank with a code of its own above 0 that is not `stopped` waits a bounded time for the others only, and then ends the job |
/// | `abort(code)`          | ends the whole job at once |
///
/// `description()`, where there is one, names library and thread support for the start-up check.
class solo_environment {
public:
    solo_environment(int& /*argc*/, char**& /*argv*/) noexcept {}
    [[nodiscard]] static constexpr std::size_t rank() noexcept { return 0; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return 1; }
    [[nodiscard]] static exit_state agree(int code, std::string message) {
        return {code, 0, std::move(message), false};
    }
    [[noreturn]] static void abort(int code) noexcept { std::_Exit(code); }
};

} // namespace distproc
