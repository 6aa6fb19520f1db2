// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/mpi_team.hpp>
#include <distproc/comm/node_board.hpp>
#include <distproc/comm/node_memory.hpp>
#include <distproc/comm/patience.hpp>
#include <distproc/comm/watchdog.hpp>
#include <distproc/comm/work_exchange.hpp>
#include <distproc/core/agree.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/core/supply.hpp>
#include <distproc/core/worker_now.hpp>
#include <distproc/executor/schedule.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace distproc {

/// Where the workers of one of many ranks take their blocks.
///
/// Dynamic: each node starts with a contiguous part in proportion to its workers, in a queue in node memory from which
/// all its ranks take; where there are several nodes, a service thread of each node's leader moves work from nodes that
/// have some to nodes that run low. Static: each rank has its contiguous part. Taking never calls MPI.
class mpi_supply {
public:
    /// Collective, with equal `granules` and `how`. Throws the same `error` on all ranks where MPI gives too little
    /// thread support (several nodes: MPI_THREAD_MULTIPLE, several ranks: MPI_THREAD_SERIALIZED), or where a node has
    /// no memory or thread to give. Two gathers of a few bytes.
    mpi_supply(const mpi_team& ranks, std::size_t width, std::size_t granules, schedule how)
        : ranks_(ranks), granules_(granules), step_(granules_per_unit(granules)),
          shared_(how == schedule::dynamic || ranks.size() == 1),
          more_notes_(width > notes_per_rank ? width - notes_per_rank : 0) {
        const std::size_t units = granules / step_ + (granules % step_ != 0 ? 1 : 0);
        std::string problem;
        detail::watchdog* const watching = ranks_.size() > 1 ? &ranks_.watch() : nullptr; // throws as MPI calls do
        try {
            memory_.emplace(ranks_.node_memory(sizeof(detail::node_board) +
                                               ranks_.node_size() * notes_per_rank * sizeof(worker_now)));
        } catch (...) { // only this node knows
            problem = current_exception_text();
        }
        const std::vector<std::size_t> widths = gather_widths(width, problem);
        const auto share = [&](auto&& before, auto&& mine) { // of the units, in proportion to workers
            std::size_t ahead = 0;
            std::size_t own = 0;
            std::size_t all = 0;
            for (std::size_t r = 0; r < widths.size(); ++r) {
                all += widths[r];
                ahead += before(r) ? widths[r] : 0;
                own += mine(r) ? widths[r] : 0;
            }
            workers_ = own;
            return index_range{units * ahead / all, units * (ahead + own) / all};
        };
        const MPI_Comm leaders = ranks_.nodes() > 1 ? ranks_.service_group() : MPI_COMM_NULL;
        board_ = reinterpret_cast<detail::node_board*>(memory_->data());
        if (ranks_.node_rank() == 0) {
            ::new (static_cast<void*>(memory_->data())) detail::node_board;
            board_->exhausted = ranks_.nodes() == 1 || !shared_ || units == 0 ? 1 : 0;
            for (std::size_t k = 0; k < ranks_.node_size() * notes_per_rank; ++k) {
                ::new (static_cast<void*>(notes() + k)) worker_now;
            }
        }
        if (shared_) {
            const index_range part = share([&](std::size_t r) { return ranks_.node_of(r) < ranks_.node(); },
                                           [&](std::size_t r) { return ranks_.node_of(r) == ranks_.node(); });
            if (ranks_.node_rank() == 0) {
                board_->queue.refill(part);
            }
        } else {
            own_queue_.refill(share([&](std::size_t r) { return r < ranks_.rank(); },
                                    [&](std::size_t r) { return r == ranks_.rank(); }));
        }
        if (leaders != MPI_COMM_NULL) {
            try {
                exchange_ = std::make_unique<detail::work_exchange>(leaders, *board_, ranks_.node_size(), workers_,
                                                                    shared_ && units != 0);
            } catch (...) {
                problem = "cannot start the thread that serves other nodes: " + current_exception_text();
            }
        }
        throw_first(ranks_, problem); // and everybody sees what the leaders prepared
        if (exchange_) {
            exchange_->go();
        }
        if (watching != nullptr) {
            watching->look_at({notes(), notes_per_rank});
            watching_ = watching;
        }
    }

    mpi_supply(const mpi_supply&) = delete;
    mpi_supply& operator=(const mpi_supply&) = delete;

    /// Without `finish` (only an exception comes here) all ranks are stopped, and a leader waits until they have
    /// finished.
    ~mpi_supply() {
        if (watching_ != nullptr) {
            watching_->look_at({});
        }
        if (!finished_) {
            board_->flags.request(stop_cause::failed);
            ++board_->ranks_finished;
        }
    }

    [[nodiscard]] index_range take(std::size_t most, std::size_t multiple = 1) noexcept {
        work_queue& queue = shared_ ? board_->queue : own_queue_;
        const index_range units = queue.take(most / step_, workers_, std::max<std::size_t>(1, multiple / step_));
        if (units.empty() && board_->hungry.load(std::memory_order_relaxed) == 0) {
            board_->hungry = 1;
        }
        return {std::min(units.first * step_, granules_), std::min(units.last * step_, granules_)};
    }
    [[nodiscard]] bool exhausted() const noexcept {
        return board_->exhausted != 0 && (shared_ ? board_->queue : own_queue_).remaining() == 0;
    }
    [[nodiscard]] run_flags& flags() noexcept { return board_->flags; }
    /// Where worker `w` of this rank notes what it is at; other ranks see those of the first 64.
    [[nodiscard]] worker_now& note_of(std::size_t w) noexcept {
        return w < notes_per_rank ? notes()[ranks_.node_rank() * notes_per_rank + w] : more_notes_[w - notes_per_rank];
    }

    /// Collective. Throws on a node's leader what went wrong in its service thread.
    template <class Idle>
    void finish(Idle&& idle) {
        finished_ = true;
        ++board_->ranks_finished;
        const auto over = [&] {
            return ranks_.nodes() > 1 ? board_->closed != 0 : board_->ranks_finished == ranks_.node_size();
        };
        detail::wait_until(over, idle);
        if (exchange_) {
            exchange_->join();
        }
    }

private:
    static constexpr std::size_t notes_per_rank = 64;

    /// Behind the board.
    [[nodiscard]] worker_now* notes() noexcept {
        return reinterpret_cast<worker_now*>(memory_->data() + sizeof(detail::node_board));
    }

    // Collective: every rank's width; throws the same on all ranks where any has a problem or too little thread
    // support.
    std::vector<std::size_t> gather_widths(std::size_t width, std::string_view problem) const {
        std::string mine;
        save_bytes(mine, width);
        save_bytes(mine, detail::thread_support());
        mine += problem;
        std::vector<std::size_t> widths;
        std::size_t rank = 0;
        for (const std::string& each : ranks_.all_gather(mine)) {
            std::string_view rest = each;
            widths.push_back(load_bytes<std::size_t>(rest));
            const int level = load_bytes<int>(rest);
            if (!rest.empty()) {
                throw error(std::string(rest));
            }
            check_thread_support(rank, level);
            ++rank;
        }
        return widths;
    }

    // One rank alone has nobody to talk to; on one node I/O lanes call MPI beside the main thread, in turns; among
    // several nodes the service threads call it whenever they like.
    void check_thread_support(std::size_t rank, int level) const {
        const bool far = ranks_.nodes() > 1;
        const int needed = far ? MPI_THREAD_MULTIPLE : ranks_.size() > 1 ? MPI_THREAD_SERIALIZED : MPI_THREAD_SINGLE;
        if (level >= needed) {
            return;
        }
        const std::string where =
            far ? "the ranks are on " + std::to_string(ranks_.nodes()) + " nodes"
                : "the " + std::to_string(ranks_.size()) + " ranks do I/O in threads of their own";
        throw error(where + ", which needs " + detail::thread_support_name(needed) + ", but MPI gives " +
                    detail::thread_support_name(level) + " on rank " + std::to_string(rank) +
                    "; set DISTPROC_MPI_THREADS=" + (far ? "multiple" : "serialized") +
                    ", or where the program starts MPI itself, ask for it in MPI_Init_thread");
    }

    mpi_team ranks_;
    std::size_t granules_;
    std::size_t step_;
    bool shared_;
    bool finished_ = false;
    std::size_t workers_ = 1; // that take from this rank's queue
    work_queue own_queue_;
    std::vector<worker_now> more_notes_; // of this rank
    std::optional<node_memory> memory_;
    detail::node_board* board_ = nullptr;
    detail::watchdog* watching_ = nullptr;
    std::unique_ptr<detail::work_exchange> exchange_; // before the memory goes
};

static_assert(work_supply<mpi_supply>);

} // namespace distproc
