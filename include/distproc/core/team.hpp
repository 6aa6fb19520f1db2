// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc {

/// What sources and writers may know of the other ranks. A team is a cheap handle (copies mean the same team); its
/// members are `const` and, where the comment says collective, must be called by all ranks in the same order.
///
/// | expression                   | meaning |
/// |------------------------------|---------|
/// | `rank() size()`              | this process and their number |
/// | `node() nodes()`             | number of this rank's node, and of nodes; nodes are numbered by their lowest rank |
/// | `node_rank() node_size()`    | place among the ranks that share memory; place 0 is the node's leader |
/// | `meet(idle)`                 | collective: returns when all ranks have called it; calls `idle()` about every ms meanwhile, without using a core |
/// | `all_gather(bytes)`          | collective: everybody's bytes, by rank; lengths may differ |
/// | `broadcast(bytes, root)`     | collective: the root's bytes |
/// | `node_memory(bytes)`         | collective over the node: zeroed, page-aligned memory shared by its ranks; freed with the handle |
/// | `leaders(k)`                 | collective: a team of the leaders of every k-th node; empty on all other ranks |
/// | `send(rank, bytes, give_up)` | to one rank of this team; returns true when it is taken, false when `give_up()` says so first |
/// | `receive(bytes)`             | takes one waiting message, from any rank; false at once where there is none |
template <class T>
concept team = std::copyable<T> && requires(const T& t, std::string_view bytes, std::string& text, std::size_t n,
                                            std::vector<std::byte>& message, std::span<const std::byte> data) {
                                       { t.rank() } -> std::convertible_to<std::size_t>;
                                       { t.size() } -> std::convertible_to<std::size_t>;
                                       { t.node() } -> std::convertible_to<std::size_t>;
                                       { t.nodes() } -> std::convertible_to<std::size_t>;
                                       { t.node_rank() } -> std::convertible_to<std::size_t>;
                                       { t.node_size() } -> std::convertible_to<std::size_t>;
                                       t.meet([] {});
                                       { t.all_gather(bytes) } -> std::same_as<std::vector<std::string>>;
                                       { t.broadcast(text, n) } -> std::same_as<std::string>;
                                       { t.node_memory(n).data() } -> std::same_as<std::byte*>;
                                       { t.leaders(n) } -> std::same_as<std::optional<T>>;
                                       {
                                           t.send(n, data, [] { return false; })
                                           } -> std::same_as<bool>;
                                       { t.receive(message) } -> std::same_as<bool>;
                                   };

/// One process on its own: every call returns at once.
class solo_team {
public:
    /// Zeroed memory of this process.
    class memory {
    public:
        explicit memory(std::size_t bytes)
            : words_(std::make_unique<page[]>((bytes + sizeof(page) - 1) / sizeof(page))) {}
        [[nodiscard]] std::byte* data() const noexcept { return words_[0].bytes; }

    private:
        struct alignas(4096) page {
            std::byte bytes[4096] = {};
        };
        std::unique_ptr<page[]> words_;
    };

    [[nodiscard]] static constexpr std::size_t rank() noexcept { return 0; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return 1; }
    [[nodiscard]] static constexpr std::size_t node() noexcept { return 0; }
    [[nodiscard]] static constexpr std::size_t nodes() noexcept { return 1; }
    [[nodiscard]] static constexpr std::size_t node_rank() noexcept { return 0; }
    [[nodiscard]] static constexpr std::size_t node_size() noexcept { return 1; }
    template <class Idle>
    static void meet(Idle&&) noexcept {}
    [[nodiscard]] static std::vector<std::string> all_gather(std::string_view bytes) { return {std::string(bytes)}; }
    [[nodiscard]] static std::string broadcast(std::string bytes, std::size_t /*root*/) { return bytes; }
    [[nodiscard]] static memory node_memory(std::size_t bytes) { return memory(bytes == 0 ? 1 : bytes); }
    [[nodiscard]] static std::optional<solo_team> leaders(std::size_t /*nodes_per_leader*/) { return solo_team{}; }
    template <class GiveUp>
    [[nodiscard]] static bool send(std::size_t, std::span<const std::byte>, GiveUp&&) {
        throw error("a team of one rank has nobody to send to");
    }
    [[nodiscard]] static bool receive(std::vector<std::byte>&) noexcept { return false; }
};

static_assert(team<solo_team>);

} // namespace distproc
