// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/function_ref.hpp>

#include <cfenv>
#include <thread>

namespace distproc::detail {

/// Puts the floating-point environment (rounding mode, traps) of the caller of `execute` into force in a worker.
class floating_point_scope {
public:
    explicit floating_point_scope(const std::fenv_t& callers) {
        std::fegetenv(&own_);
        std::fesetenv(&callers);
    }
    floating_point_scope(const floating_point_scope&) = delete;
    floating_point_scope& operator=(const floating_point_scope&) = delete;
    ~floating_point_scope() { std::fesetenv(&own_); }

private:
    std::fenv_t own_{};
};

/// A thread that does `work`, which must live until it has, in the floating-point environment `callers`.
[[nodiscard]] inline std::thread start_lane(const std::fenv_t& callers, function_ref<void()> work) {
    return std::thread([callers, work] {
        const floating_point_scope scope(callers);
        work();
    });
}

} // namespace distproc::detail
