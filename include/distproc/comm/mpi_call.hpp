// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <mpi.h>

#include <limits>
#include <string>

namespace distproc::detail {

/// What MPI says about a code that one of its routines returned.
inline std::string mpi_error_text(const char* routine, int code) {
    char text[MPI_MAX_ERROR_STRING + 1] = {};
    int length = 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS || length <= 0) {
        return std::string(routine) + " failed with code " + std::to_string(code);
    }
    return std::string(routine) + " failed: " + std::string(text, static_cast<std::size_t>(length));
}

/// Throws `error` where an MPI routine did not succeed: `mpi_call("MPI_Comm_dup", MPI_Comm_dup(a, &b))`. The
/// communicator concerned must return its errors; ours do.
inline void mpi_call(const char* routine, int code) {
    if (code != MPI_SUCCESS) {
        throw error(mpi_error_text(routine, code));
    }
}

/// The same for places that must not throw: whether it succeeded.
inline bool mpi_quiet(int code) noexcept { return code == MPI_SUCCESS; }

/// A number of bytes or ranks as MPI takes it. Throws `error` where it does not fit.
inline int mpi_count(std::size_t count) {
    if (count > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw error("MPI cannot take " + std::to_string(count) + " elements at once; at most 2^31 - 1");
    }
    return static_cast<int>(count);
}

/// Whether MPI may be called now: after its start, before its end.
inline bool mpi_is_running() noexcept {
    int started = 0;
    int ended = 0;
    return MPI_Initialized(&started) == MPI_SUCCESS && started != 0 && MPI_Finalized(&ended) == MPI_SUCCESS &&
           ended == 0;
}

/// MPI_THREAD_SINGLE and so on, in words.
inline const char* thread_support_name(int level) noexcept {
    return level >= MPI_THREAD_MULTIPLE     ? "MPI_THREAD_MULTIPLE"
           : level == MPI_THREAD_SERIALIZED ? "MPI_THREAD_SERIALIZED"
           : level == MPI_THREAD_FUNNELED   ? "MPI_THREAD_FUNNELED"
                                            : "MPI_THREAD_SINGLE";
}

/// The thread support that MPI was started with.
inline int thread_support() {
    int level = MPI_THREAD_SINGLE;
    mpi_call("MPI_Query_thread", MPI_Query_thread(&level));
    return level;
}

} // namespace distproc::detail
