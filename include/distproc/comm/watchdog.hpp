// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/abort_job.hpp>
#include <distproc/comm/team_lifelines.hpp>
#include <distproc/comm/worker_board.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/error.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Ends the job, with a line that says why, as soon as one of its processes has died or a node is cut off. Each rank
/// has a lifeline to its node's leader, and each leader one to the next node's; a thread sleeps until one of them
/// breaks. A process that is stopped, in a debugger or busy keeps its lifelines. DISTPROC_WATCHDOG=off on any rank: no
/// rank watches.
class watchdog {
public:
    /// After so long without an answer from a host it counts as gone: DISTPROC_WATCHDOG, or 15 s.
    [[nodiscard]] static std::chrono::seconds silence() {
        const auto told = number_from_launcher("DISTPROC_WATCHDOG");
        return std::chrono::seconds(told && *told >= 4 ? std::min<std::size_t>(*told, 86400) : 15);
    }
    /// Open MPI's mpirun ends the job where it learns of a lost host before it is asked to; after that it waits for
    /// ever.
    static constexpr std::chrono::seconds launchers_turn{10};

    /// Collective: three gathers, of some hundred bytes a rank. Where a lifeline cannot be had there is none.
    explicit watchdog(const watched_team& team) : team_(team), joined_(team) {
        for (auto& [socket, rank] : joined_.lines) {
            notice_silence(socket.get(), silence());
            line& one = lines_.emplace_back();
            one.socket = std::move(socket);
            one.rank = rank;
            one.received.reserve(8192);
        }
        wake_ = descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (lines_.empty() || wake_.get() < 0) {
            return;
        }
        try {
            const std::scoped_lock lock(registry());
            running().push_back(this);
            before_abort = &tell_all;
            thread_ = std::thread([this] { run(); });
        } catch (...) { // no thread to be had: this rank is watched, but watches nobody
        }
    }
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    /// Takes leave of the others: this process is no longer watched.
    ~watchdog() {
        {
            const std::scoped_lock lock(registry());
            running().remove(this);
        }
        if (thread_.joinable()) {
            leaving_ = true;
            const std::uint64_t one = 1;
            (void)!::write(wake_.get(), &one, sizeof one);
            thread_.join();
        }
        say_to_all(news::goodbye);
        for (const line& each : lines_) { // what is not read would make the kernel drop the goodbye
            char some[4096];
            ::shutdown(each.socket.get(), SHUT_WR);
            while (::recv(each.socket.get(), some, sizeof some, MSG_DONTWAIT) > 0) {
            }
        }
    }

    /// A run begins or ends (no board).
    void look_at(worker_board board) {
        const std::scoped_lock lock(board_mutex_);
        board_ = board;
    }

private:
    using clock = std::chrono::steady_clock;
    static constexpr clock::time_point never = clock::time_point::max();
    enum class news : std::uint64_t { goodbye = 1, others_explain = 2, item = 3 };
    struct message {
        news what;
        std::uint64_t item;
    };
    struct line {
        descriptor socket;
        std::size_t rank = 0;
        bool over = false; ///< it took leave, or somebody else ends the job
        std::string received;
        std::uint64_t item = no_item; ///< the last one that a far node told of
        clock::time_point heard = clock::now();
        clock::time_point report_at = never; ///< that it is broken
        int why = 0;                         ///< errno; 0: the connection was closed
    };

    static std::mutex& registry() {
        static auto* const mutex = new std::mutex; // never destroyed: MPI may end after static objects have
        return *mutex;
    }
    static std::list<watchdog*>& running() {
        static auto* const all = new std::list<watchdog*>;
        return *all;
    }
    /// This process ends the job and says why: others need not.
    static void tell_all() noexcept {
        const std::unique_lock lock(registry(), std::try_to_lock);
        if (lock) {
            for (watchdog* const each : running()) {
                each->say_to_all(news::others_explain);
            }
        }
    }

    void say_to_all(news what, std::uint64_t item = 0) const noexcept {
        const message text{what, item};
        for (const line& each : lines_) {
            (void)::send(each.socket.get(), &text, sizeof text, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }

    /// To other nodes, unless they have been silent for long: a stopped process does not read, and must not be flooded.
    void tell_item(clock::time_point now) {
        const message text{news::item, last_item_of_node()};
        for (const line& each : lines_) {
            if (far(each) && now - each.heard < std::chrono::minutes(1)) {
                (void)::send(each.socket.get(), &text, sizeof text, MSG_NOSIGNAL | MSG_DONTWAIT);
            }
        }
    }

    [[nodiscard]] bool far(const line& one) const { return (*team_.node_of)[one.rank] != team_.node; }

    void run() noexcept {
        std::vector<pollfd> sockets;
        sockets.reserve(lines_.size() + 1);
        auto next_news = clock::now();
        bool tells = false;
        for (const line& each : lines_) {
            tells = tells || far(each);
        }
        while (!leaving_) {
            const auto now = clock::now();
            if (tells && now >= next_news) {
                tell_item(now);
                next_news = now + std::chrono::seconds(1);
            }
            auto next = tells ? next_news : never;
            sockets.assign(1, {wake_.get(), POLLIN, 0});
            for (line& each : lines_) {
                if (now >= each.report_at) {
                    explain_and_end(each);
                }
                next = std::min(next, each.report_at);
                sockets.push_back({each.over || each.report_at != never ? -1 : each.socket.get(), POLLIN, 0});
            }
            int wait = -1;
            if (next != never) {
                const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
                wait = static_cast<int>(std::max<decltype(left)>(left, 0));
            }
            if (::poll(sockets.data(), sockets.size(), wait) > 0) {
                for (std::size_t k = 0; k < lines_.size(); ++k) {
                    if (sockets[k + 1].revents != 0) {
                        listen_to(lines_[k]);
                    }
                }
            }
        }
    }

    void listen_to(line& one) noexcept {
        char some[4096];
        const ssize_t bytes = ::recv(one.socket.get(), some, sizeof some, MSG_DONTWAIT);
        if (bytes > 0) {
            one.heard = clock::now();
            one.received.append(some, static_cast<std::size_t>(bytes));
            message text{};
            for (; one.received.size() >= sizeof text; one.received.erase(0, sizeof text)) {
                std::memcpy(&text, one.received.data(), sizeof text);
                if (text.what == news::item) {
                    one.item = text.item;
                } else if (text.what == news::goodbye) {
                    one.over = true;
                } else if (text.what == news::others_explain && !explained_) {
                    explained_ = true;
                    say_to_all(news::others_explain);
                }
            }
            return;
        }
        if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        one.why = bytes == 0 ? 0 : errno;
        if (explained_) {
            one.over = true;
            return;
        }
        // One rank is enough to say it: a node's leader of its ranks, the next rank of the leader, or, where it was
        // alone on its node, a neighbour. If those are gone too, others.
        const std::size_t turns = team_.node_rank == 0 ? 0 : team_.node_rank - 1;
        const bool alone = std::ranges::count(*team_.node_of, (*team_.node_of)[one.rank]) == 1;
        one.report_at = clock::now() + std::chrono::milliseconds(!far(one) ? 300 * turns : alone ? 0 : 3000);
    }

    void explain_and_end(line& one) noexcept {
        one.report_at = never;
        one.over = true;
        if (explained_) {
            return;
        }
        const bool silent = one.why != 0 && one.why != ECONNRESET && one.why != EPIPE;
        std::string text = "rank " + std::to_string(one.rank) + " has died";
        try {
            text = describe(one, silent);
        } catch (...) { // no memory for more
        }
        std::fprintf(stderr, "distproc: %s; the job is ended\n", text.c_str());
        std::fflush(stderr);
        if (silent) {
            say_to_all(news::others_explain);
            std::this_thread::sleep_for(launchers_turn);
        }
        abort_job(1);
    }

    [[nodiscard]] std::string describe(const line& one, bool silent) {
        const team_process& who = joined_.processes[one.rank];
        const std::size_t node = (*team_.node_of)[one.rank];
        const std::string item = far(one) ? far_item_text(one.item) : item_text(one.rank);
        if (!silent) {
            return "rank " + std::to_string(one.rank) + " (node " + std::to_string(node) + ", host " + who.host +
                   ", process " + std::to_string(who.id) + ") has died" + item;
        }
        return "node " + std::to_string(node) + " (host " + who.host + ", of rank " + std::to_string(one.rank) +
               ") has not answered for " + std::to_string(silence().count()) +
               " s, not even its system: it is down, or cut off from node " + std::to_string(team_.node) + " (" +
               std::strerror(one.why) + ")" + item;
    }

    static std::string far_item_text(std::uint64_t item) {
        return item == no_item ? std::string() : ", when last heard of at item " + std::to_string(item);
    }
    /// What a rank of this node was at.
    [[nodiscard]] std::string item_text(std::size_t rank) {
        const std::scoped_lock lock(board_mutex_);
        const auto& nodes = *team_.node_of;
        const auto place = std::count(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(rank), team_.node);
        return ", " + board_.text_of(static_cast<std::size_t>(place));
    }
    [[nodiscard]] std::uint64_t last_item_of_node() {
        const std::scoped_lock lock(board_mutex_);
        return board_.last_item(static_cast<std::size_t>(std::ranges::count(*team_.node_of, team_.node)));
    }

    watched_team team_;
    team_lifelines joined_;
    std::vector<line> lines_;
    std::mutex board_mutex_;
    worker_board board_;
    descriptor wake_;
    std::atomic<bool> leaving_{false};
    bool explained_ = false; ///< somebody else has said why the job ends
    std::thread thread_;
};

} // namespace distproc::detail
