// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/abort_job.hpp>
#include <distproc/comm/collectives.hpp>
#include <distproc/comm/item_counts.hpp>
#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/node_board.hpp>
#include <distproc/comm/service_mail.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/run_flags.hpp>

#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <thread>
#include <utility>

namespace distproc::detail {

/// The service of one node among several, a thread of the leader's: gives work of its node to nodes that ask, asks
/// others when its own runs low, and carries stops and counts. Between looks it sleeps about 1 ms. `leaders` carries
/// nothing else, a node's number is its rank there, and MPI must give MPI_THREAD_MULTIPLE.
class work_exchange {
public:
    /// Starts the thread, which waits for `go()`. `steals`: whether work moves between nodes.
    work_exchange(MPI_Comm leaders, node_board& board, std::size_t ranks, std::size_t workers, bool steals)
        : leaders_(leaders), board_(board), ranks_(ranks), workers_(workers), steals_(steals), node_(rank_in(leaders)),
          nodes_(size_of(leaders)), mail_(leaders), victim_((node_ + 1) % nodes_), counts_(node_, nodes_),
          thread_([this] { run(); }) {}

    work_exchange(const work_exchange&) = delete;
    work_exchange& operator=(const work_exchange&) = delete;

    /// A service that never got its `go()` ends at once; any other ends when all nodes have finished.
    ~work_exchange() {
        if (thread_.joinable()) {
            set_state(going_.load() == waiting ? cancelled : going);
            thread_.join();
        }
    }

    void go() noexcept { set_state(going); }

    /// To be called when the board says `closed`. Throws what went wrong in the service.
    void join() {
        thread_.join();
        if (problem_) {
            std::rethrow_exception(problem_);
        }
    }

private:
    enum state : int { waiting, going, cancelled };
    enum class phase { working, meeting, flushing, leaving };
    using clock = std::chrono::steady_clock;
    void set_state(state next) noexcept {
        going_ = next;
        going_.notify_all();
    }

    void run() noexcept {
        going_.wait(waiting);
        if (going_ == cancelled) {
            return;
        }
        try {
            serve();
        } catch (...) {
            // The other nodes still need an answer and the news; a second failure means that MPI itself is broken.
            problem_ = std::current_exception();
            board_.flags.request(stop_cause::failed);
            board_.exhausted = 1;
            steals_ = false;
            try {
                serve();
            } catch (...) {
                terminate_job();
            }
        }
        board_.closed = 1;
    }

    void serve() {
        for (;;) {
            mail_.receive_all([this](std::size_t from, const service_message& text) { take_in(from, text); });
            refill();
            if (phase_ == phase::working) {
                look_for_work();
            }
            if (phase_ == phase::working || phase_ == phase::meeting) {
                pass_stop_on();
                counts_.tell(board_.flags, mail_);
            }
            if (has_left(mail_.all_taken())) {
                return;
            }
            const bool soon = asking_ || !aside_.empty() || phase_ != phase::working;
            std::this_thread::sleep_for(std::chrono::microseconds(soon ? 100 : 1000));
        }
    }

    // Ends in two meetings: in the first all ranks of all nodes have finished, so nobody asks for work any more; in the
    // second every message has been received.
    bool has_left(bool all_taken) {
        switch (phase_) {
        case phase::working:
            if (board_.ranks_finished == ranks_ && !asking_) {
                mpi_call("MPI_Ibarrier", MPI_Ibarrier(leaders_, &meeting_));
                phase_ = phase::meeting;
            }
            return false;
        case phase::meeting:
            if (has_ended(meeting_)) {
                phase_ = phase::flushing;
            }
            return false;
        case phase::flushing:
            if (all_taken) {
                own_count_ = board_.flags.items_done;
                mpi_call("MPI_Iallreduce",
                         MPI_Iallreduce(&own_count_, &all_count_, 1, MPI_UINT64_T, MPI_SUM, leaders_, &meeting_));
                phase_ = phase::leaving;
            }
            return false;
        case phase::leaving:
            break;
        }
        if (!has_ended(meeting_)) {
            return false;
        }
        board_.flags.items_done_elsewhere = all_count_ - own_count_;
        return true;
    }

    void take_in(std::size_t from, const service_message& text) {
        switch (text.what) {
        case service_news::ask:
            give(from, text.a, text.b != 0);
            break;
        case service_news::answer:
            take_answer({text.a, text.b}, text.c);
            break;
        case service_news::stop:
            passed_on_ = std::max(passed_on_, static_cast<std::uint32_t>(text.a));
            board_.flags.request(static_cast<stop_cause>(text.a));
            break;
        case service_news::count_of_node:
            counts_.note(from, text.a);
            break;
        case service_news::count_elsewhere:
            board_.flags.items_done_elsewhere = text.a;
            break;
        }
    }

    // A node whose workers wait gets half of what is here, even the last unit; one that asks early gets it only if that
    // is more than it has, so that the last units do not travel to and fro.
    void give(std::size_t to, std::size_t has, bool waits) {
        index_range gift;
        if (steals_ && !board_.flags.stopping() && (waits || board_.queue.remaining() / 2 > has)) {
            gift = board_.queue.steal_half();
        }
        const std::size_t left = steals_ ? board_.queue.remaining() + aside_.size() : 0;
        mail_.send(to, {service_news::answer, gift.first, gift.last, left});
    }

    void take_answer(index_range gift, std::size_t left) {
        asking_ = false;
        if (!gift.empty()) {
            aside_ = gift;
            refill();
        }
        nodes_without_ = gift.empty() && left == 0 ? nodes_without_ + 1 : 0;
        if (left == 0 || gift.empty()) {
            do {
                victim_ = (victim_ + 1) % nodes_;
            } while (victim_ == node_);
            // Everybody was asked and keeps what he has: ask again a little later.
            refusals_ = gift.empty() ? refusals_ + 1 : 0;
            if (refusals_ >= nodes_ - 1) {
                refusals_ = 0;
                ask_again_ = clock::now() + std::chrono::milliseconds(3);
            }
        }
    }

    // A queue may be filled only when it is empty; only this thread fills it or steals from it.
    void refill() {
        if (!aside_.empty() && board_.queue.remaining() == 0) {
            board_.queue.refill(std::exchange(aside_, index_range{}));
        }
    }

    void look_for_work() {
        if (!steals_ || asking_ || board_.exhausted != 0 || board_.flags.stopping() || !aside_.empty()) {
            return;
        }
        if (nodes_without_ >= nodes_ - 1) {
            board_.exhausted = 1; // what is still in the queue is all that there is
            return;
        }
        const std::size_t has = board_.queue.remaining();
        if (has > low_water(has) || clock::now() < ask_again_) {
            return;
        }
        const bool waits = board_.hungry.exchange(0) != 0 && has == 0;
        mail_.send(victim_, {service_news::ask, has, waits ? 1U : 0U});
        asking_ = true;
    }

    // Work for the next 10 ms: a request takes about 2.
    std::size_t low_water(std::size_t has) {
        const auto now = clock::now();
        const double seconds = std::chrono::duration<double>(now - looked_).count();
        if (seconds > 0.005) {
            const double taken = has < had_ ? static_cast<double>(had_ - has) : 0.0;
            units_per_second_ = 0.5 * units_per_second_ + 0.5 * taken / seconds;
            looked_ = now;
            had_ = has;
        }
        return std::max(workers_, static_cast<std::size_t>(0.01 * units_per_second_));
    }

    void pass_stop_on() {
        const std::uint32_t cause = board_.flags.stop;
        if (cause > passed_on_) {
            passed_on_ = cause;
            for (std::size_t other = 0; other < nodes_; ++other) {
                if (other != node_) {
                    mail_.send(other, {service_news::stop, cause});
                }
            }
        }
    }

    MPI_Comm leaders_;
    node_board& board_;
    std::size_t ranks_;
    std::size_t workers_;
    bool steals_;
    std::size_t node_;
    std::size_t nodes_;

    service_mail mail_;
    phase phase_ = phase::working;
    MPI_Request meeting_ = MPI_REQUEST_NULL;
    std::uint64_t own_count_ = 0;
    std::uint64_t all_count_ = 0;

    bool asking_ = false;
    std::size_t victim_;
    index_range aside_;             // stolen, waits for the queue to be empty
    std::size_t nodes_without_ = 0; // how many others in a row said that nothing is left
    std::size_t refusals_ = 0;
    clock::time_point ask_again_{};
    clock::time_point looked_ = clock::now();
    std::size_t had_ = 0;
    double units_per_second_ = 0;

    std::uint32_t passed_on_ = 0;
    item_counts counts_;

    std::exception_ptr problem_;
    std::atomic<int> going_{waiting};
    std::thread thread_; // last: it uses all of the above
};

} // namespace distproc::detail
