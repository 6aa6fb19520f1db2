// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <concepts>
#include <cstddef>

namespace distproc::detail {

template <class Compute>
concept calls_workspace = requires(const Compute& c) {
                              { c.workspace_bytes() } -> std::convertible_to<std::size_t>;
                          };

/// Computes that say how many bytes one call takes beside its item and result: a member or a `const` function.
template <class Compute>
concept states_workspace = calls_workspace<Compute> || requires(const Compute& c) {
                                                           { c.workspace_bytes } -> std::convertible_to<std::size_t>;
                                                       };

/// What a compute says; 0 where it says nothing.
template <class Compute>
[[nodiscard]] std::size_t workspace_of(const Compute& compute) {
    static_assert(
        states_workspace<Compute> || !requires { &Compute::workspace_bytes; },
        "execute: workspace_bytes of the compute must be a number of bytes, or a const function without "
        "arguments that returns it");
    if constexpr (calls_workspace<Compute>) {
        return compute.workspace_bytes();
    } else if constexpr (states_workspace<Compute>) {
        return compute.workspace_bytes;
    } else {
        return 0;
    }
}

} // namespace distproc::detail
