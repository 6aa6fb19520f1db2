// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/environment.hpp>
#include <distproc/comm/mpi_team.hpp>
#include <distproc/executor/concepts.hpp>
#include <distproc/executor/mpi_supply.hpp>
#include <distproc/executor/schedule.hpp>
#include <distproc/executor/serial.hpp>

#include <mpi.h>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

namespace distproc {

namespace detail {

/// The name of an executor over ranks: Inner may give it as `name_over_ranks`.
template <class Inner>
constexpr std::string_view name_over_ranks() {
    if constexpr (requires {
                      { Inner::name_over_ranks } -> std::convertible_to<std::string_view>;
                  }) {
        return Inner::name_over_ranks;
    } else {
        return "mpi";
    }
}

} // namespace detail

/// Distributes granules over the ranks of a communicator and lets `Inner` run them inside each rank:
/// `mpi_executor<>` computes in one thread of each rank, `mpi_executor<tbb_executor>` in all its cores.
///
/// For more than one process, on one machine or many. Any number of ranks on each node, any communicator; the same
/// binary started without mpirun is one rank. While blocks flow, computing threads call no MPI; where there are several
/// nodes, one thread of each node's leader does, about 1 % of a core, and MPI must give MPI_THREAD_MULTIPLE.
/// Throws `error` on all ranks where MPI is not running or gives too little thread support.
template <class Inner = serial_executor>
struct mpi_executor {
    static_assert(executor<Inner>, "mpi_executor: the template argument is no executor for the workers of a rank; name "
                                   "serial_executor, tbb_executor or your own (see executor/concepts.hpp)");

    static constexpr std::string_view name = detail::name_over_ranks<Inner>();
    static constexpr bool overlaps = true;
    using environment = mpi_environment;

    Inner inner{};
    /// The ranks that take part; duplicated, never used for our own messages.
    MPI_Comm communicator = MPI_COMM_WORLD;
    schedule how = schedule::dynamic;
    /// Above 0: groups of so many ranks of a node count as nodes of their own, say one for each socket.
    std::size_t ranks_per_node = 0;

    /// Collective; communicates the first time for each communicator.
    [[nodiscard]] mpi_team make_team() const { return mpi_team(communicator, ranks_per_node); }
    [[nodiscard]] bool adapts_to_cores() const
        requires requires(const Inner& in) { in.adapts_to_cores(); }
    {
        return inner.adapts_to_cores();
    }
    /// Collective.
    [[nodiscard]] std::size_t width(const team auto& ranks) const { return inner.width(ranks); }
    /// Collective.
    [[nodiscard]] mpi_supply supply(const mpi_team& ranks, std::size_t workers, std::size_t granules) const {
        return mpi_supply(ranks, workers, granules, how);
    }
    template <class Body>
    void run(std::size_t width, Body&& body) const {
        inner.run(width, std::forward<Body>(body));
    }
};

static_assert(executor<mpi_executor<>>);

} // namespace distproc
