// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/collectives.hpp>
#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/node_memory.hpp>
#include <distproc/comm/team_cache.hpp>
#include <distproc/comm/team_state.hpp>
#include <distproc/core/team.hpp>

#include <mpi.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc {

/// The ranks of an MPI communicator as a `team`. A handle: copies are cheap and mean the same team.
///
/// The communicator itself never carries a message of ours. The first team of a communicator duplicates it and finds
/// out who shares memory; later ones cost nothing, because the team stays with the communicator until that is freed or
/// MPI ends, and must not be used after. Waiting ranks sleep. Collective calls of one communicator must not come from
/// several threads at once; two runs at the same time need two communicators.
class mpi_team {
public:
    /// Collective over `communicator`, with equal arguments on all ranks. `ranks_per_node` above 0 cuts each node into
    /// groups of so many ranks (the last may be smaller) that count as nodes, say one for each socket. Throws `error`
    /// on every rank where MPI is not running or the communicator is unfit.
    explicit mpi_team(MPI_Comm communicator, std::size_t ranks_per_node = 0)
        : state_(detail::team_cache::team_of(communicator, ranks_per_node)) {}

    [[nodiscard]] std::size_t rank() const noexcept { return state_->rank; }
    [[nodiscard]] std::size_t size() const noexcept { return state_->size; }
    [[nodiscard]] std::size_t node() const noexcept { return state_->node; }
    [[nodiscard]] std::size_t nodes() const noexcept { return state_->nodes; }
    [[nodiscard]] std::size_t node_rank() const noexcept { return state_->node_rank; }
    [[nodiscard]] std::size_t node_size() const noexcept { return state_->node_size; }
    /// The node of any rank.
    [[nodiscard]] std::size_t node_of(std::size_t rank) const { return state_->node_of.at(rank); }

    /// Our duplicate of the communicator, for libraries that want one (MPI-IO). Not to be freed.
    [[nodiscard]] MPI_Comm communicator() const noexcept { return state_->collectives; }

    template <class Idle>
    void meet(Idle&& idle) const {
        detail::meet_all(state_->collectives, idle);
    }
    [[nodiscard]] std::vector<std::string> all_gather(std::string_view bytes) const {
        return detail::gather_texts(state_->collectives, bytes);
    }
    [[nodiscard]] std::string broadcast(std::string bytes, std::size_t root) const {
        return detail::broadcast_text(state_->collectives, std::move(bytes), root);
    }
    [[nodiscard]] distproc::node_memory node_memory(std::size_t bytes) const { return {state_->node_group, bytes}; }
    [[nodiscard]] std::optional<mpi_team> leaders(std::size_t nodes_per_leader) const {
        if (nodes_per_leader == 0) {
            throw error("a leader for every 0 nodes cannot be; give 1 or more nodes per leader");
        }
        auto state = state_->leaders(nodes_per_leader);
        return state ? std::optional<mpi_team>(mpi_team(std::move(state))) : std::nullopt;
    }
    template <class GiveUp>
    [[nodiscard]] bool send(std::size_t to, std::span<const std::byte> bytes, GiveUp&& give_up) const {
        return state_->mail->send(to, bytes, give_up);
    }
    [[nodiscard]] bool receive(std::vector<std::byte>& message) const { return state_->mail->receive(message); }

    /// Collective over the ranks of this node: returns when all have called it.
    template <class Idle>
    void meet_node(Idle&& idle) const {
        detail::meet_all(state_->node_group, idle);
    }
    /// Collective: a communicator of the nodes' leaders by node number, null on other ranks; for one work exchange at a
    /// time. Not to be freed.
    [[nodiscard]] MPI_Comm service_group() const { return state_->service_group(); }

    /// Collective: see `watchdog`; communicates the first time only.
    [[nodiscard]] detail::watchdog& watch() const { return state_->watch(); }

private:
    explicit mpi_team(std::shared_ptr<detail::team_state> state) : state_(std::move(state)) {}

    std::shared_ptr<detail::team_state> state_;
};

static_assert(team<mpi_team>);

} // namespace distproc
