// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// What the hand-written MPI programs share: a counter in memory that the ranks of the node share, from which they take
// the next loop, and the way of the results to rank 0.
#pragma once

#include "fit.hpp"

#include <mpi.h>

#include <atomic>
#include <cstddef>
#include <new>
#include <type_traits>
#include <vector>

namespace fit {

class shared_counter {
public:
    shared_counter() {
        int rank = 0;
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        void* memory = nullptr;
        const MPI_Aint bytes = rank == 0 ? sizeof(std::atomic<std::size_t>) : 0;
        MPI_Win_allocate_shared(bytes, 1, MPI_INFO_NULL, MPI_COMM_WORLD, &memory, &window_);
        MPI_Aint size = 0;
        int unit = 0;
        MPI_Win_shared_query(window_, 0, &size, &unit, &memory);
        next_ = static_cast<std::atomic<std::size_t>*>(memory);
        if (rank == 0) {
            ::new (memory) std::atomic<std::size_t>(0);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
    shared_counter(const shared_counter&) = delete;
    shared_counter& operator=(const shared_counter&) = delete;
    ~shared_counter() { MPI_Win_free(&window_); }

    std::size_t next() { return next_->fetch_add(1, std::memory_order_relaxed); }

private:
    MPI_Win window_ = MPI_WIN_NULL;
    std::atomic<std::size_t>* next_ = nullptr;
};

struct numbered_fit {
    std::size_t item;
    loop_fit result;
};
static_assert(std::is_trivially_copyable_v<numbered_fit>);

inline void gather_on_rank_0(const std::vector<numbered_fit>& mine, fits& out, std::size_t items) {
    int rank = 0;
    int ranks = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const int bytes = static_cast<int>(mine.size() * sizeof(numbered_fit));
    std::vector<int> counts(static_cast<std::size_t>(ranks));
    std::vector<int> starts(static_cast<std::size_t>(ranks));
    MPI_Gather(&bytes, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
    for (std::size_t r = 1; r < counts.size(); ++r) {
        starts[r] = starts[r - 1] + counts[r - 1];
    }
    std::vector<numbered_fit> all(rank == 0 ? items : 0);
    MPI_Gatherv(mine.data(), bytes, MPI_BYTE, all.data(), counts.data(), starts.data(), MPI_BYTE, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        out.resize(items);
        for (const numbered_fit& one : all) {
            out[one.item] = one.result;
        }
    }
}

} // namespace fit
