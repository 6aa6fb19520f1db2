// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/team_state.hpp>
#include <distproc/core/error.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Keeps the team of each communicator as an attribute of that communicator, so that only the first team costs
/// communication. Teams are freed with their communicator, or when MPI ends.
class team_cache {
public:
    /// Collective over `communicator` the first time, local afterwards. Throws `error` where it is no communicator that
    /// can carry a team.
    static std::shared_ptr<team_state> team_of(MPI_Comm communicator, std::size_t ranks_per_node) {
        if (!mpi_is_running()) {
            throw error("MPI is not running, so there is no communicator to work on: start the program through "
                        "distproc::run, or call MPI_Init_thread first");
        }
        if (communicator == MPI_COMM_NULL) {
            throw error("the communicator is MPI_COMM_NULL; give one that this rank belongs to");
        }
        int inter = 0;
        mpi_call("MPI_Comm_test_inter", MPI_Comm_test_inter(communicator, &inter));
        if (inter != 0) {
            throw error("the communicator joins two groups (an intercommunicator); merge it with MPI_Intercomm_merge");
        }
        team_cache& cache = the();
        entry& mine = cache.entry_of(communicator);
        for (const auto& [group, state] : mine) {
            if (group == ranks_per_node) {
                return state;
            }
        }
        auto state = team_state::of(communicator, ranks_per_node);
        const std::lock_guard lock(cache.mutex_);
        mine.emplace_back(ranks_per_node, state);
        return state;
    }

private:
    using entry = std::vector<std::pair<std::size_t, std::shared_ptr<team_state>>>;

    // Never destroyed: MPI may end after static objects have.
    static team_cache& the() {
        static auto* const cache = new team_cache;
        return *cache;
    }

    team_cache() {
        mpi_call("MPI_Comm_create_keyval",
                 MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &on_communicator_freed, &key_, nullptr));
        int end_key = MPI_KEYVAL_INVALID;
        mpi_call("MPI_Comm_create_keyval",
                 MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &on_mpi_end, &end_key, nullptr));
        // MPI_Finalize deletes the attributes of MPI_COMM_SELF before anything else.
        mpi_call("MPI_Comm_set_attr", MPI_Comm_set_attr(MPI_COMM_SELF, end_key, nullptr));
    }

    entry& entry_of(MPI_Comm communicator) {
        void* value = nullptr;
        int found = 0;
        mpi_call("MPI_Comm_get_attr", MPI_Comm_get_attr(communicator, key_, static_cast<void*>(&value), &found));
        if (found != 0) {
            return *static_cast<entry*>(value);
        }
        entry* made = nullptr;
        {
            const std::lock_guard lock(mutex_);
            made = &entries_.emplace_back();
        }
        mpi_call("MPI_Comm_set_attr", MPI_Comm_set_attr(communicator, key_, made));
        return *made;
    }

    static void free_all(entry& teams) noexcept {
        for (auto& [group, state] : teams) {
            state->free();
        }
        teams.clear();
    }

    static int on_communicator_freed(MPI_Comm, int, void* value, void*) noexcept {
        team_cache& cache = the();
        std::list<entry> taken;
        {
            const std::lock_guard lock(cache.mutex_);
            const auto at = std::find_if(cache.entries_.begin(), cache.entries_.end(),
                                         [&](const entry& each) { return &each == value; });
            if (at != cache.entries_.end()) {
                taken.splice(taken.begin(), cache.entries_, at);
            }
        }
        for (entry& each : taken) {
            free_all(each);
        }
        return MPI_SUCCESS;
    }

    static int on_mpi_end(MPI_Comm, int, void*, void*) noexcept {
        for (entry& each : the().entries_) {
            free_all(each); // the entries stay: their communicators may still be freed
        }
        return MPI_SUCCESS;
    }

    int key_ = MPI_KEYVAL_INVALID;
    std::mutex mutex_;
    std::list<entry> entries_;
};

} // namespace distproc::detail
