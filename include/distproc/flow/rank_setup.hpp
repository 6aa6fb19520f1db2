// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/cores.hpp>
#include <distproc/core/file_system.hpp>
#include <distproc/core/machine.hpp>
#include <distproc/observe/report.hpp>

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace distproc::detail {

/// How a rank was started, and what its host has.
struct rank_setup {
    std::size_t node = 0;
    std::string host;
    std::vector<unsigned> cores;    ///< that it may use
    std::size_t quota = 0;          ///< cores that the control groups pay for; 0: no limit
    bool asked = false;             ///< the batch system was asked for so many cores
    std::size_t machine_cores = 0;  ///< of its host
    std::size_t workers = 0;        ///< computing threads
    std::size_t threads_inside = 1; ///< that OpenMP or OpenBLAS, where linked, would start within each of them
    std::size_t free_memory = 0;    ///< bytes, of the host
    std::size_t budget = 0;         ///< bytes of it that this rank uses
    std::size_t free_shared = 0;    ///< bytes of /dev/shm

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& node& host& cores& quota& asked& machine_cores& workers& threads_inside& free_memory& budget&
            free_shared;
    }
};

/// Of this process.
[[nodiscard]] inline rank_setup setup_of_rank(std::size_t node, std::size_t workers, std::size_t budget) {
    rank_setup mine;
    mine.node = node;
    mine.host = host_name();
    mine.cores = affinity_cores();
    const auto quota = cgroup_cores();
    mine.quota = quota ? cores_of_quota(*quota) : 0;
    mine.asked = slurm_cores().has_value();
    mine.machine_cores = static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    mine.workers = workers;
    mine.free_memory = available_memory_bytes();
    mine.budget = budget;
    mine.free_shared = file_system_of("/dev/shm").free_bytes;
    // Asking a runtime would start it. Whether the compute uses it, nobody knows.
    const auto threads_of = [&](const char* function, const char* variable) -> std::size_t {
        if (::dlsym(RTLD_DEFAULT, function) == nullptr) {
            return 1;
        }
        const char* told = std::getenv(variable);
        told = told == nullptr ? std::getenv("OMP_NUM_THREADS") : told;
        const long threads = told == nullptr ? static_cast<long>(mine.cores.size()) : std::strtol(told, nullptr, 10);
        return threads > 1 ? static_cast<std::size_t>(threads) : 1;
    };
    mine.threads_inside = std::max(threads_of("omp_get_max_threads", "OMP_NUM_THREADS"),
                                   threads_of("openblas_get_num_threads", "OPENBLAS_NUM_THREADS"));
    return mine;
}

/// What the ranks of one node have together.
struct node_setup {
    std::string host;
    std::size_t ranks = 0;
    std::size_t workers = 0;
    std::set<unsigned> cores;
    std::size_t least_cores = 0; ///< of a rank
    std::size_t most_cores = 0;
    std::size_t quota = 0; ///< of cores' time, for all ranks together; 0: no limit
    bool asked = false;
    std::size_t machine_cores = 0;
    std::size_t threads_inside = 1;
    std::size_t free_memory = 0;
    std::size_t budget = 0;
    std::size_t free_shared = 0;

    void add(const rank_setup& one) {
        host = one.host;
        least_cores = ranks == 0 ? one.cores.size() : std::min(least_cores, one.cores.size());
        most_cores = std::max(most_cores, one.cores.size());
        ++ranks;
        workers += one.workers;
        cores.insert(one.cores.begin(), one.cores.end());
        quota = std::max(quota, one.quota);
        asked = asked || one.asked;
        machine_cores = std::max(machine_cores, one.machine_cores);
        threads_inside = std::max(threads_inside, one.threads_inside);
        free_memory = one.free_memory;
        budget += one.budget;
        free_shared = one.free_shared;
    }
    /// That all ranks together can keep busy.
    [[nodiscard]] std::size_t usable() const noexcept {
        return quota == 0 ? cores.size() : std::min(cores.size(), quota);
    }
};

/// By node, of all ranks.
[[nodiscard]] inline std::vector<node_setup> setups_of_nodes(const std::vector<rank_setup>& setups) {
    std::vector<node_setup> nodes;
    for (const rank_setup& one : setups) {
        nodes.resize(std::max(nodes.size(), one.node + 1));
        nodes[one.node].add(one);
    }
    return nodes;
}

[[nodiscard]] inline std::string count_text(std::size_t n, const char* one) {
    return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

/// What makes a run on this node slow: one sentence each, with the remedy. `adapts`: the workers of a rank are as many
/// as its cores. `mpi`: mpirun has started it.
[[nodiscard]] inline std::vector<std::string> problems_of_node(std::size_t number, const node_setup& node, bool adapts,
                                                               bool mpi) {
    std::vector<std::string> problems;
    const std::size_t cores = node.usable();
    const std::string who = "node " + std::to_string(number) + ": ";
    const std::string busy = who + count_text(node.ranks, "rank") + " with " + count_text(node.workers, "worker");
    if (node.workers > cores && node.machine_cores > cores) {
        problems.push_back(busy + " may use " + count_text(cores, "core") + " of " +
                           std::to_string(node.machine_cores) + "; " +
                           (mpi ? "start mpirun with --bind-to none, or ask the batch system for more cores"
                                : "allow more (taskset, the control group, the batch system), or use fewer threads"));
    } else if (node.workers > cores) {
        problems.push_back(busy + " have " + count_text(cores, "core") +
                           ", so that they take turns; start fewer ranks or threads");
    } else if (node.threads_inside > 1 && node.workers > 1 && node.workers * node.threads_inside > cores) {
        problems.push_back(busy + " have " + count_text(cores, "core") + ", and OpenMP or OpenBLAS would start " +
                           std::to_string(node.threads_inside) +
                           " threads within each worker that uses it; set OMP_NUM_THREADS=1 (and "
                           "OPENBLAS_NUM_THREADS=1)");
    } else if (adapts && !node.asked && node.ranks > 1 && node.most_cores == 1 && node.machine_cores > cores) {
        problems.push_back(who + "each of " + count_text(node.ranks, "rank") + " is bound to 1 core of " +
                           std::to_string(node.machine_cores) +
                           ", so that it has 1 worker; start mpirun with --bind-to none, or with --map-by node:PE=n "
                           "for n cores each");
    }
    return problems;
}

} // namespace distproc::detail
