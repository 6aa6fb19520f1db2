// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/collectives.hpp>
#include <distproc/comm/keep_for_mpi.hpp>
#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/patience.hpp>
#include <distproc/core/exit_state.hpp>

#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace distproc::detail {

/// Collective over `group`, which serves nothing else: how the whole job ended. A failed rank waits at most `limit` for
/// the others, which may be stuck waiting for it elsewhere, and is then `alone`; all other ranks wait without limit.
inline exit_state meet_to_exit(MPI_Comm group, int code, std::string message, std::chrono::milliseconds limit) {
    struct ballot {
        std::uint64_t mine = 0;
        std::uint64_t worst = 0;
        MPI_Request request = MPI_REQUEST_NULL;
    };
    const std::size_t rank = rank_in(group);
    const std::uint64_t last = size_of(group) - 1;
    const bool failed = code != 0 && code != exit_stopped;
    // The highest vote wins: a failure before a stop before success, then the lowest rank.
    auto vote = std::make_shared<ballot>();
    const std::uint64_t weight = failed ? 2 : code != 0 ? 1 : 0;
    vote->mine = weight << 32U | (last - rank);
    mpi_call("MPI_Iallreduce",
             MPI_Iallreduce(&vote->mine, &vote->worst, 1, MPI_UINT64_T, MPI_MAX, group, &vote->request));
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (patience waiting; !has_ended(vote->request); waiting.pause()) {
        if (failed && std::chrono::steady_clock::now() >= deadline) {
            keep_for_mpi(vote);
            return {code, rank, std::move(message), true};
        }
    }
    const auto teller = static_cast<std::size_t>(last - (vote->worst & 0xffffffffU));
    if (vote->worst >> 32U == 0) {
        return {};
    }
    const std::string told = broadcast_text(group, std::to_string(code) + ' ' + message, teller);
    const std::size_t space = told.find(' ');
    return {std::stoi(told.substr(0, space)), teller, told.substr(space + 1)};
}

} // namespace distproc::detail
