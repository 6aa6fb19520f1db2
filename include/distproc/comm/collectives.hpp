// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/patience.hpp>

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

// Collective calls that leave the core to others while they wait: nonblocking ones, looked at now and then.
namespace distproc::detail {

inline std::size_t rank_in(MPI_Comm communicator) {
    int rank = 0;
    mpi_call("MPI_Comm_rank", MPI_Comm_rank(communicator, &rank));
    return static_cast<std::size_t>(rank);
}

inline std::size_t size_of(MPI_Comm communicator) {
    int size = 0;
    mpi_call("MPI_Comm_size", MPI_Comm_size(communicator, &size));
    return static_cast<std::size_t>(size);
}

/// Collective: returns when all ranks have called it.
template <class Idle>
void meet_all(MPI_Comm communicator, Idle&& idle) {
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_call("MPI_Ibarrier", MPI_Ibarrier(communicator, &request));
    wait_for(request, idle);
}

/// Collective: one number of each rank, by rank.
inline std::vector<std::uint64_t> gather_numbers(MPI_Comm communicator, std::uint64_t mine) {
    std::vector<std::uint64_t> all(size_of(communicator));
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_call("MPI_Iallgather",
             MPI_Iallgather(&mine, 1, MPI_UINT64_T, all.data(), 1, MPI_UINT64_T, communicator, &request));
    wait_for(request);
    return all;
}

/// A short text, or the begin of a long one, and the length of the whole. Most control messages fit.
struct short_text {
    std::uint64_t length = 0;
    std::array<char, 248> begin{};

    short_text() = default;
    explicit short_text(std::string_view text) : length(text.size()) { text.copy(begin.data(), begin.size()); }
    [[nodiscard]] bool whole() const noexcept { return length <= begin.size(); }
    [[nodiscard]] std::string text() const { return {begin.data(), static_cast<std::size_t>(length)}; }
};

/// Collective: the bytes of each rank, by rank; one call of MPI where all are short, else two. Throws `error` on all
/// ranks where they are 2 GiB or more together.
inline std::vector<std::string> gather_texts(MPI_Comm communicator, std::string_view mine) {
    const short_text own(mine);
    std::vector<short_text> heads(size_of(communicator));
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_call("MPI_Iallgather",
             MPI_Iallgather(&own, sizeof own, MPI_BYTE, heads.data(), sizeof own, MPI_BYTE, communicator, &request));
    wait_for(request);
    std::vector<std::string> texts(heads.size());
    std::vector<std::uint64_t> lengths;
    bool all_short = true;
    for (const short_text& head : heads) {
        all_short = all_short && head.whole();
        lengths.push_back(head.length);
    }
    if (all_short) {
        std::transform(heads.begin(), heads.end(), texts.begin(), [](const short_text& head) { return head.text(); });
        return texts;
    }
    std::vector<int> counts(lengths.size());
    std::vector<int> offsets(lengths.size());
    std::uint64_t total = 0;
    for (std::size_t r = 0; r < lengths.size(); ++r) {
        offsets[r] = static_cast<int>(total);
        counts[r] = static_cast<int>(std::min<std::uint64_t>(lengths[r], std::numeric_limits<int>::max()));
        total += lengths[r];
        if (total > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
            throw error("the ranks gather 2 GiB of control data or more; at most 2^31 - 1 bytes can travel at once");
        }
    }
    std::string bytes(static_cast<std::size_t>(total), '\0');
    mpi_call("MPI_Iallgatherv", MPI_Iallgatherv(mine.data(), mpi_count(mine.size()), MPI_CHAR, bytes.data(),
                                                counts.data(), offsets.data(), MPI_CHAR, communicator, &request));
    wait_for(request);
    for (std::size_t r = 0; r < texts.size(); ++r) {
        texts[r] = bytes.substr(static_cast<std::size_t>(offsets[r]), static_cast<std::size_t>(counts[r]));
    }
    return texts;
}

/// Collective: the bytes of rank `root`, of any length; one call of MPI where they are few.
inline std::string broadcast_text(MPI_Comm communicator, std::string bytes, std::size_t root) {
    constexpr std::size_t piece = std::size_t{1} << 30U;
    const int from = mpi_count(root);
    short_text head(bytes);
    MPI_Request request = MPI_REQUEST_NULL;
    mpi_call("MPI_Ibcast", MPI_Ibcast(&head, sizeof head, MPI_BYTE, from, communicator, &request));
    wait_for(request);
    if (head.whole()) {
        return head.text();
    }
    bytes.resize(static_cast<std::size_t>(head.length));
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const int count = mpi_count(std::min(piece, bytes.size() - at));
        mpi_call("MPI_Ibcast", MPI_Ibcast(bytes.data() + at, count, MPI_CHAR, from, communicator, &request));
        wait_for(request);
    }
    return bytes;
}

} // namespace distproc::detail
