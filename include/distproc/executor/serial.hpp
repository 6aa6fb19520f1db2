// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/executor/concepts.hpp>
#include <distproc/executor/solo_environment.hpp>

#include <cstddef>
#include <string_view>

namespace distproc {

/// Computes item after item in the calling thread and starts no thread: reading, computing and writing take turns.
/// The reference result; for debugging, and for small jobs. Costs nothing beyond the loop. Throws nothing of its own.
struct serial_executor {
    static constexpr std::string_view name = "serial";
    static constexpr bool overlaps = false;
    using environment = solo_environment;

    [[nodiscard]] static solo_team make_team() noexcept { return {}; }
    [[nodiscard]] static std::size_t width(const team auto&) noexcept { return 1; }
    [[nodiscard]] static local_supply supply(const solo_team&, std::size_t workers, std::size_t granules) {
        return {granules, workers};
    }
    template <class Body>
    static void run(std::size_t width, Body&& body) {
        for (std::size_t worker = 0; worker < width; ++worker) {
            body(worker);
        }
    }
};

static_assert(executor<serial_executor>);

} // namespace distproc
