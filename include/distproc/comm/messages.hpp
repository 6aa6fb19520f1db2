// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/keep_for_mpi.hpp>
#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/patience.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Messages of any length between two ranks of a communicator that carries nothing else point to point. A message
/// travels in pieces of at most `piece` bytes, because MPI counts in `int`; each ends with the number of bytes that
/// follow it. Thread-safe where MPI is.
class messages {
public:
    static constexpr std::size_t default_piece = std::size_t{1} << 30U;

    explicit messages(MPI_Comm communicator = MPI_COMM_NULL, std::size_t piece = default_piece) noexcept
        : communicator_(communicator), piece_(piece) {}

    /// Returns true when the receiver has taken the message. Where `give_up()` says so before the receiver takes
    /// notice: false; the message is withdrawn if MPI can do that, else it may still arrive. Copies the message once.
    template <class GiveUp>
    bool send(std::size_t to, std::span<const std::byte> bytes, GiveUp&& give_up) {
        bool first = true;
        do {
            const std::size_t length = std::min(piece_, bytes.size());
            if (!send_piece(mpi_count(to), bytes.first(length), bytes.size() - length,
                            [&] { return first && give_up(); })) {
                return false;
            }
            bytes = bytes.subspan(length);
            first = false;
        } while (!bytes.empty());
        return true;
    }

    /// Takes one waiting message from any rank; false where there is none.
    bool receive(std::vector<std::byte>& message) {
        int from = MPI_ANY_SOURCE;
        MPI_Message piece = MPI_MESSAGE_NULL;
        std::size_t length = 0;
        if (!find(from, piece, length)) {
            return false;
        }
        message.clear();
        for (;;) {
            const std::uint64_t rest = take(piece, length, message);
            if (rest == 0) {
                return true;
            }
            wait_until([&] { return find(from, piece, length); }, [] {});
        }
    }

    /// Forgets messages that were given up; those that MPI still holds keep their memory until the process ends.
    void forget() {
        const std::lock_guard lock(mutex_);
        for (auto& [request, buffer] : abandoned_) {
            int ended = 0;
            if (!mpi_quiet(MPI_Test(&request, &ended, MPI_STATUS_IGNORE)) || ended == 0) {
                keep_for_mpi(buffer);
            }
        }
        abandoned_.clear();
    }

private:
    static constexpr int tag = 1;
    using buffer = std::shared_ptr<std::byte[]>;

    template <class GiveUp>
    bool send_piece(int to, std::span<const std::byte> bytes, std::uint64_t rest, GiveUp&& give_up) {
        buffer copy(new std::byte[bytes.size() + sizeof rest]); // outlives this call if the message is given up
        if (!bytes.empty()) {
            std::memcpy(copy.get(), bytes.data(), bytes.size());
        }
        std::memcpy(copy.get() + bytes.size(), &rest, sizeof rest);
        MPI_Request request = MPI_REQUEST_NULL;
        mpi_call("MPI_Issend", MPI_Issend(copy.get(), mpi_count(bytes.size() + sizeof rest), MPI_BYTE, to, tag,
                                          communicator_, &request));
        patience waiting(std::chrono::microseconds{200}); // MPI moves large messages on only when it is looked at
        while (!has_ended(request)) {
            if (give_up()) {
                return withdraw(request, std::move(copy));
            }
            waiting.pause();
        }
        return true;
    }

    bool withdraw(MPI_Request request, buffer copy) {
        int ended = 0;
        MPI_Status status;
        mpi_quiet(MPI_Cancel(&request));
        mpi_call("MPI_Test", MPI_Test(&request, &ended, &status));
        if (ended == 0) {
            const std::lock_guard lock(mutex_);
            abandoned_.emplace_back(request, std::move(copy));
            return false;
        }
        int cancelled = 0;
        mpi_call("MPI_Test_cancelled", MPI_Test_cancelled(&status, &cancelled));
        return cancelled == 0;
    }

    bool find(int& from, MPI_Message& piece, std::size_t& length) {
        int found = 0;
        MPI_Status status;
        mpi_call("MPI_Improbe", MPI_Improbe(from, tag, communicator_, &found, &piece, &status));
        if (found == 0) {
            return false;
        }
        int count = 0;
        mpi_call("MPI_Get_count", MPI_Get_count(&status, MPI_BYTE, &count));
        from = status.MPI_SOURCE;
        length = static_cast<std::size_t>(count);
        return true;
    }

    /// Appends a piece to `message`; returns the bytes that follow.
    static std::uint64_t take(MPI_Message& piece, std::size_t length, std::vector<std::byte>& message) {
        const std::size_t before = message.size();
        message.resize(before + length);
        MPI_Request request = MPI_REQUEST_NULL;
        mpi_call("MPI_Imrecv", MPI_Imrecv(message.data() + before, mpi_count(length), MPI_BYTE, &piece, &request));
        patience waiting(std::chrono::microseconds{200});
        while (!has_ended(request)) {
            waiting.pause();
        }
        std::uint64_t rest = 0;
        std::memcpy(&rest, message.data() + message.size() - sizeof rest, sizeof rest);
        message.resize(message.size() - sizeof rest);
        return rest;
    }

    MPI_Comm communicator_;
    std::size_t piece_;
    std::mutex mutex_;
    std::vector<std::pair<MPI_Request, buffer>> abandoned_;
};

} // namespace distproc::detail
