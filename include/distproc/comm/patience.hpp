// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/mpi_call.hpp>

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace distproc::detail {

/// How a thread waits for what only looking again can tell: first it gives way to others, then it sleeps, each time for
/// about an eighth of the wait so far, up to 1 ms. So it comes late by an eighth at most, and long waits cost about 1 %
/// of a core.
class patience {
public:
    explicit patience(std::chrono::microseconds longest = std::chrono::microseconds{1000}) noexcept
        : longest_(longest) {}

    /// One wait. Returns whether it slept.
    bool pause() {
        if (looks_ < 32) {
            ++looks_;
            std::this_thread::yield();
            return false;
        }
        std::this_thread::sleep_for(nap_);
        nap_ = std::min(nap_ + nap_ / 8, longest_);
        return true;
    }
    void reset() noexcept { *this = patience(longest_); }

private:
    std::chrono::microseconds longest_;
    int looks_ = 0;
    std::chrono::microseconds nap_{20};
};

/// Returns when `done()` says so; calls `idle()` between the sleeps.
template <class Done, class Idle>
void wait_until(Done&& done, Idle&& idle) {
    for (patience waiting; !done();) {
        if (waiting.pause()) {
            idle();
        }
    }
}

/// Whether a nonblocking operation has ended. Moves MPI's work on.
inline bool has_ended(MPI_Request& request) {
    int ended = 0;
    mpi_call("MPI_Test", MPI_Test(&request, &ended, MPI_STATUS_IGNORE));
    return ended != 0;
}

/// Waits for a nonblocking operation without keeping a core busy.
template <class Idle>
void wait_for(MPI_Request& request, Idle&& idle) {
    wait_until([&] { return has_ended(request); }, idle);
}
inline void wait_for(MPI_Request& request) {
    wait_for(request, [] {});
}

} // namespace distproc::detail
