// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/collectives.hpp>
#include <distproc/comm/lifeline.hpp>
#include <distproc/core/byte_archive.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/machine.hpp>

#include <mpi.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Who the ranks of a team are, for their watchdog.
struct watched_team {
    MPI_Comm collectives = MPI_COMM_NULL;
    std::size_t rank = 0;
    std::size_t node = 0;
    std::size_t nodes = 1;
    std::size_t node_rank = 0;
    const std::vector<std::size_t>* node_of = nullptr; ///< by rank
};

/// A rank as a process of some host.
struct team_process {
    std::string host;
    long id = 0;
    std::string addresses; ///< of a node's leader: where it is reached
};

/// The lifelines of a team, seen from one rank: from each rank to its node's leader, and from each leader to the next
/// node's. DISTPROC_WATCHDOG=off on any rank: there are none.
class team_lifelines {
public:
    /// Collective: three gathers, of some hundred bytes a rank. Where a lifeline cannot be had there is none, and rank
    /// 0 says so.
    explicit team_lifelines(const watched_team& team) : team_(team) {
        const bool off = switched_off("DISTPROC_WATCHDOG");
        std::optional<lifeline_port> port;
        if (team_.node_rank == 0 && !off) {
            port.emplace();
        }
        if (meet(off, port ? port->addresses() : "")) {
            join(port);
        }
    }

    std::vector<team_process> processes;                   ///< by rank
    std::vector<std::pair<descriptor, std::size_t>> lines; ///< and who is at the other end

private:
    using clock = std::chrono::steady_clock;

    /// Collective: who they all are, and the token of the job. False where nobody is to watch.
    [[nodiscard]] bool meet(bool off, const std::string& addresses) {
        lifeline_token token{};
        if (team_.rank == 0) {
            std::random_device random;
            for (std::uint64_t& each : token) {
                each = std::uint64_t{random()} << 32U | random();
            }
        }
        std::string mine;
        save_bytes(mine, off);
        save_bytes(mine, token);
        save_bytes(mine, host_name());
        save_bytes(mine, static_cast<long>(::getpid()));
        save_bytes(mine, addresses);
        for (const std::string& one : gather_texts(team_.collectives, mine)) {
            std::string_view rest = one;
            off = load_bytes<bool>(rest) || off;
            load_bytes(rest, token);
            token_ = processes.empty() ? token : token_;
            team_process p;
            load_bytes(rest, p.host);
            load_bytes(rest, p.id);
            load_bytes(rest, p.addresses);
            processes.push_back(std::move(p));
        }
        return !off;
    }

    [[nodiscard]] std::size_t leader_of(std::size_t node) const {
        const auto& nodes = *team_.node_of;
        return static_cast<std::size_t>(std::find(nodes.begin(), nodes.end(), node) - nodes.begin());
    }

    /// Collective: makes the lifelines.
    void join(const std::optional<lifeline_port>& port) {
        const bool leader = team_.node_rank == 0;
        std::size_t to = no_item;
        descriptor mine;
        if (!leader || team_.nodes > 1) {
            to = leader_of(leader ? (team_.node + 1) % team_.nodes : team_.node);
            const lifeline_hello hello{token_, team_.rank};
            mine = connect_lifeline(processes[to].addresses, !leader, hello);
            if (mine.get() < 0) {
                mine = connect_lifeline(processes[to].addresses, leader, hello);
            }
        }
        const std::vector<std::uint64_t> reached =
            gather_numbers(team_.collectives, mine.get() >= 0 ? to : std::uint64_t{no_item});
        const auto coming = std::count(reached.begin(), reached.end(), team_.rank);
        const auto end = clock::now() + std::chrono::seconds(5);
        for (std::ptrdiff_t k = 0; leader && port && k < coming; ++k) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
            auto [socket, rank] = port->accept(token_, left);
            const std::uint64_t own = team_.rank;
            if (socket.get() >= 0 && rank < processes.size() &&
                ::send(socket.get(), &own, sizeof own, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof own)) {
                lines.emplace_back(std::move(socket), rank);
            }
        }
        std::uint64_t answer = no_item;
        if (mine.get() >= 0 && wait_for_socket(mine.get(), POLLIN, std::chrono::seconds(6)) &&
            ::recv(mine.get(), &answer, sizeof answer, 0) == static_cast<ssize_t>(sizeof answer) && answer == to) {
            lines.emplace_back(std::move(mine), to);
        }
        const std::vector<std::uint64_t> joined = gather_numbers(team_.collectives, answer);
        for (std::size_t r = 0; r < joined.size() && team_.rank == 0; ++r) {
            const bool wanted = leader_of((*team_.node_of)[r]) != r || team_.nodes > 1;
            if (wanted && joined[r] == no_item) {
                std::fprintf(
                    stderr,
                    "distproc: warning: rank %zu on %s cannot connect to the rank that is to watch it, so that "
                    "its death may go unnoticed; let the hosts of a job reach each other by TCP, or set "
                    "DISTPROC_WATCHDOG=off\n",
                    r, processes[r].host.c_str());
                return;
            }
        }
    }

    watched_team team_;
    lifeline_token token_{};
};

} // namespace distproc::detail
