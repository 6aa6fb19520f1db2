// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/mpi_call.hpp>
#include <distproc/core/end_job.hpp>
#include <distproc/core/exception_text.hpp>

#include <mpi.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>

namespace distproc::detail {

/// Called before this process ends the job, which it explains itself.
inline std::atomic<void (*)() noexcept> before_abort{nullptr};

/// Ends the whole job where this process would end alone and leave the others waiting.
[[noreturn]] inline void abort_job(int code) noexcept {
    if (auto* const tell = before_abort.load()) {
        tell();
    }
    if (mpi_is_running()) {
        try {
            std::thread([code] { // where MPI cannot do it any more
                std::this_thread::sleep_for(std::chrono::seconds(5));
                std::_Exit(code);
            })
                .detach();
        } catch (...) { // then without
        }
        MPI_Abort(MPI_COMM_WORLD, code);
    }
    std::_Exit(code);
}

/// From now on `end_job` ends all ranks.
inline void end_jobs_by_abort() noexcept { how_jobs_end = &abort_job; }

[[noreturn]] inline void terminate_job() noexcept {
    int rank = 0;
    if (mpi_is_running()) {
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    }
    std::string what = "std::terminate was called";
    if (std::current_exception()) {
        try {
            what = current_exception_text();
        } catch (...) {
            what = "an exception was not caught";
        }
    }
    std::fprintf(stderr, "distproc: rank %d ends the job: %s\n", rank, what.c_str());
    abort_job(1);
}

} // namespace distproc::detail
