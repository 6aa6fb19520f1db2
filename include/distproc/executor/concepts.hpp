// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/supply.hpp>
#include <distproc/core/team.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace distproc {

/// Decides which worker of which rank computes which block. A plain, cheap value.
///
/// | expression                      | meaning |
/// |---------------------------------|---------|
/// | `E::name`                       | for messages and DISTPROC_EXECUTOR |
/// | `E::environment`                | what `run` needs to start |
/// | `E::overlaps`                   | true: a rank reads and writes in threads of its own while workers compute. false: no thread is started |
/// | `make_team()`                   | collective: the ranks of this run |
/// | `width(team)`                   | collective: workers of this rank, at least 1 |
/// | `supply(team, width, granules)` | collective: where this rank's workers take their blocks of `granules` places |
/// | `run(width, body)`              | calls `body(w)`, which does not throw, for each w in [0, width), as many at once as it can; returns when all have returned |
///
/// `adapts_to_cores()`, where there is one, says whether `width` follows the cores that a rank may use; the start-up
/// check then warns where all ranks are bound to one core each.
template <class E>
concept executor = std::copyable<E> && requires(const E& e, std::size_t n) {
                                           { E::name } -> std::convertible_to<std::string_view>;
                                           typename E::environment;
                                           { std::bool_constant<E::overlaps>{} };
                                           { e.make_team() } -> team;
                                           { e.width(e.make_team()) } -> std::convertible_to<std::size_t>;
                                           { e.supply(e.make_team(), n, n) } -> work_supply;
                                           e.run(n, [](std::size_t) noexcept {});
                                       };

/// Several executors behind one name, chosen at run time: `visit(f)` calls f with the chosen one.
template <class E>
concept executor_choice = requires(const E& e) {
                              typename E::environment;
                              e.visit([](const auto&) {});
                          };

} // namespace distproc
