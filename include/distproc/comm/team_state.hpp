// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/collectives.hpp>
#include <distproc/comm/messages.hpp>
#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/watchdog.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace distproc::detail {

/// What all handles of one team share: communicators of our own, and who sits on which node. Made collectively, freed
/// by `free()`, never by the destructor.
class team_state {
public:
    /// Collective over `parent`, which stays the caller's. `ranks_per_node` above 0 cuts nodes into groups of so many
    /// ranks, which then count as nodes.
    static std::shared_ptr<team_state> of(MPI_Comm parent, std::size_t ranks_per_node) {
        end_jobs_by_abort();
        auto state = std::make_shared<team_state>();
        state->adopt_collectives(duplicate(parent));
        MPI_Comm shared = MPI_COMM_NULL;
        mpi_call("MPI_Comm_split_type", MPI_Comm_split_type(state->collectives, MPI_COMM_TYPE_SHARED,
                                                            to_int(state->rank), MPI_INFO_NULL, &shared));
        if (ranks_per_node != 0 && ranks_per_node < size_of(shared)) {
            state->node_group = split(shared, to_int(rank_in(shared) / ranks_per_node), state->rank);
            mpi_call("MPI_Comm_free", MPI_Comm_free(&shared));
        } else {
            state->node_group = shared;
            mpi_call("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(shared, MPI_ERRORS_RETURN));
        }
        state->node_rank = rank_in(state->node_group);
        state->node_size = size_of(state->node_group);
        state->number_nodes();
        return state;
    }

    /// Collective: the team of the leaders of every k-th node; null on all other ranks. Communicates once for each k.
    std::shared_ptr<team_state> leaders(std::size_t nodes_per_leader) {
        const auto known = leaders_.find(nodes_per_leader);
        if (known != leaders_.end()) {
            return known->second;
        }
        const bool chosen = node_rank == 0 && node % nodes_per_leader == 0;
        meet_all(collectives, [] {});
        const MPI_Comm group = split(collectives, chosen ? 0 : MPI_UNDEFINED, rank);
        std::shared_ptr<team_state> team;
        if (chosen) {
            team = std::make_shared<team_state>();
            team->adopt_collectives(group);
            team->node_group = MPI_COMM_SELF;
            team->node = team->rank;
            team->nodes = team->size;
            for (std::size_t r = 0; r < team->size; ++r) {
                team->node_of.push_back(r);
            }
        }
        leaders_[nodes_per_leader] = team;
        return team;
    }

    /// Collective: a communicator of the nodes' leaders, where a leader's rank is its node's number, for the traffic of
    /// one service at a time; null on other ranks. Communicates the first time only.
    MPI_Comm service_group() {
        if (!has_service_) {
            meet_all(collectives, [] {});
            service_ = split(collectives, node_rank == 0 ? 0 : MPI_UNDEFINED, rank);
            has_service_ = true;
        }
        return service_;
    }

    /// Collective: a communicator for one purpose outside any run: the meeting at the end of the program, where ranks
    /// may come from anywhere. Communicates the first time only.
    MPI_Comm exit_group() {
        if (exit_ == MPI_COMM_NULL) {
            exit_ = duplicate(collectives);
        }
        return exit_;
    }

    /// Collective: who watches the processes of this team until it is freed. Communicates the first time only.
    watchdog& watch() {
        if (!watch_) {
            watch_ = std::make_unique<watchdog>(watched_team{collectives, rank, node, nodes, node_rank, &node_of});
        }
        return *watch_;
    }

    /// Frees the communicators, in the order in which all ranks made them. Handles that are still about are of no use
    /// afterwards.
    void free() noexcept {
        watch_.reset();
        if (mail) {
            mail->forget();
        }
        for (auto& [k, team] : leaders_) {
            if (team) {
                team->free();
            }
        }
        leaders_.clear();
        for (MPI_Comm* each : {&exit_, &service_, &node_group, &mail_group, &collectives}) {
            if (*each != MPI_COMM_NULL && *each != MPI_COMM_SELF) {
                mpi_quiet(MPI_Comm_free(each));
            }
            *each = MPI_COMM_NULL;
        }
    }

    MPI_Comm collectives = MPI_COMM_NULL; ///< of all ranks
    MPI_Comm mail_group = MPI_COMM_NULL;  ///< of all ranks, for `mail` alone
    MPI_Comm node_group = MPI_COMM_NULL;  ///< of the node's ranks
    std::unique_ptr<messages> mail;
    std::size_t rank = 0;
    std::size_t size = 1;
    std::size_t node = 0;
    std::size_t nodes = 1;
    std::size_t node_rank = 0;
    std::size_t node_size = 1;
    std::vector<std::size_t> node_of; ///< by rank

private:
    static int to_int(std::size_t rank) { return mpi_count(rank); }

    static MPI_Comm duplicate(MPI_Comm parent) {
        MPI_Comm copy = MPI_COMM_NULL;
        MPI_Request request = MPI_REQUEST_NULL;
        mpi_call("MPI_Comm_idup", MPI_Comm_idup(parent, &copy, &request));
        wait_for(request); // ranks that come early sleep
        mpi_call("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN));
        return copy;
    }

    static MPI_Comm split(MPI_Comm parent, int color, std::size_t rank) {
        MPI_Comm part = MPI_COMM_NULL;
        mpi_call("MPI_Comm_split", MPI_Comm_split(parent, color, to_int(rank), &part));
        if (part != MPI_COMM_NULL) {
            mpi_call("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(part, MPI_ERRORS_RETURN));
        }
        return part;
    }

    void adopt_collectives(MPI_Comm group) {
        collectives = group;
        rank = rank_in(group);
        size = size_of(group);
        mail_group = duplicate(group);
        mail = std::make_unique<messages>(mail_group);
    }

    void number_nodes() {
        std::uint64_t leader = rank;
        mpi_call("MPI_Bcast", MPI_Bcast(&leader, 1, MPI_UINT64_T, 0, node_group));
        const std::vector<std::uint64_t> leader_of = gather_numbers(collectives, leader);
        std::vector<std::uint64_t> all_leaders = leader_of;
        std::sort(all_leaders.begin(), all_leaders.end());
        all_leaders.erase(std::unique(all_leaders.begin(), all_leaders.end()), all_leaders.end());
        for (const std::uint64_t each : leader_of) {
            const auto at = std::lower_bound(all_leaders.begin(), all_leaders.end(), each);
            node_of.push_back(static_cast<std::size_t>(at - all_leaders.begin()));
        }
        nodes = all_leaders.size();
        node = node_of[rank];
    }

    std::map<std::size_t, std::shared_ptr<team_state>> leaders_;
    MPI_Comm service_ = MPI_COMM_NULL;
    bool has_service_ = false;
    MPI_Comm exit_ = MPI_COMM_NULL;
    std::unique_ptr<watchdog> watch_;
};

} // namespace distproc::detail
