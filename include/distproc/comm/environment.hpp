// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/abort_job.hpp>
#include <distproc/comm/exit_meeting.hpp>
#include <distproc/comm/mpi_call.hpp>
#include <distproc/comm/team_cache.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/exit_state.hpp>

#include <boost/mpi/environment.hpp>
#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace distproc {

namespace detail {

/// Whether the launcher says that all ranks are on one node; true where there is no launcher.
inline bool launched_on_one_node() {
    const auto number = [](const char* name) { return number_from_launcher(name); };
    if (const auto ranks = number("OMPI_COMM_WORLD_SIZE")) {
        return number("OMPI_COMM_WORLD_LOCAL_SIZE") == ranks;
    }
    if (const auto ranks = number("MV2_COMM_WORLD_SIZE")) {
        return number("MV2_COMM_WORLD_LOCAL_SIZE") == ranks;
    }
    if (launched_ranks() == 1) {
        return true;
    }
    for (const char* nodes : {"SLURM_STEP_NUM_NODES", "SLURM_NNODES", "SLURM_JOB_NUM_NODES"}) {
        if (number("SLURM_STEP_ID") && number(nodes)) {
            return number(nodes) == std::optional<std::size_t>(1);
        }
    }
    return number("MPI_LOCALNRANKS") == std::optional<std::size_t>(launched_ranks());
}

/// No more than needed: one node has no service thread, so one thread at a time calls MPI there. The variable
/// DISTPROC_MPI_THREADS (serialized, multiple) outranks that.
inline boost::mpi::threading::level wanted_thread_support() {
    const auto told = environment_variable("DISTPROC_MPI_THREADS");
    if (told && *told != "serialized" && *told != "multiple") {
        throw error("DISTPROC_MPI_THREADS='" + *told + "' is unknown; say serialized or multiple");
    }
    const bool serialized = told ? *told == "serialized" : launched_on_one_node();
    return serialized ? boost::mpi::threading::serialized : boost::mpi::threading::multiple;
}

} // namespace detail

/// Starts MPI where nobody did, and ends it then; finds it running otherwise and leaves it running. Asks MPI for no
/// more thread support than the launch needs. While it lives, std::terminate ends the whole job with one line. Its
/// constructor and `agree` are collective over MPI_COMM_WORLD.
class mpi_environment {
public:
    mpi_environment(int& argc, char**& argv) {
        int running = 0;
        detail::mpi_call("MPI_Initialized", MPI_Initialized(&running));
        if (running == 0) {
            started_.emplace(argc, argv, detail::wanted_thread_support(), false);
        }
        world_ = detail::team_cache::team_of(MPI_COMM_WORLD, 0);
        exit_group_ = world_->exit_group();
        previous_ = std::set_terminate(&detail::terminate_job);
        warn_of_singletons();
    }
    ~mpi_environment() { std::set_terminate(previous_); }
    mpi_environment(const mpi_environment&) = delete;
    mpi_environment& operator=(const mpi_environment&) = delete;

    [[nodiscard]] std::size_t rank() const noexcept { return world_->rank; }
    [[nodiscard]] std::size_t size() const noexcept { return world_->size; }

    /// Collective: the worst exit code (a failure before a stop before success), and the lowest rank that has it with
    /// its message, on all ranks. A rank that failed waits at most `limit` for the others and then returns `alone`: it
    /// should print its message and abort. Waiting ranks sleep.
    [[nodiscard]] exit_state agree(int code, std::string message,
                                   std::chrono::milliseconds limit = std::chrono::seconds{2}) const {
        return detail::meet_to_exit(exit_group_, code, std::move(message), limit);
    }

    /// "Open MPI v4.1.4, MPI_THREAD_MULTIPLE"; while MPI runs.
    [[nodiscard]] static std::string description() {
        char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
        int length = 0;
        detail::mpi_call("MPI_Get_library_version", MPI_Get_library_version(text, &length));
        const std::string all(text, static_cast<std::size_t>(length));
        return all.substr(0, all.find_first_of(",\n")) + ", " + detail::thread_support_name(detail::thread_support());
    }
    /// Ends all ranks at once with this code.
    [[noreturn]] static void abort(int code) noexcept { detail::abort_job(code); }

private:
    void warn_of_singletons() const {
        const launch meant = launched();
        if (size() == 1 && meant.ranks > 1 && meant.rank == 0) {
            std::fprintf(
                stderr,
                "distproc: warning: the launcher started %zu processes, but MPI connects none of them, so the job "
                "runs %zu times: start it with the mpirun of the MPI library that it is linked with\n",
                meant.ranks, meant.ranks);
        }
    }

    std::optional<boost::mpi::environment> started_;
    std::shared_ptr<detail::team_state> world_;
    MPI_Comm exit_group_ = MPI_COMM_NULL;
    std::terminate_handler previous_ = nullptr;
};

} // namespace distproc
