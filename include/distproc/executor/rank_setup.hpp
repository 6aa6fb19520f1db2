// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/cores.hpp>

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace distproc::detail {

/// How a rank was started, as far as it matters for speed.
struct rank_setup {
    std::vector<unsigned> cores;    ///< that it may use
    std::size_t machine_cores = 0;  ///< of its host
    std::size_t workers = 0;        ///< computing threads
    std::size_t threads_inside = 1; ///< that OpenMP or OpenBLAS, where linked, would start within each of them

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& cores& machine_cores& workers& threads_inside;
    }
};

/// Of this process.
[[nodiscard]] inline rank_setup setup_of_rank(std::size_t workers) {
    const long online = std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
    rank_setup mine{affinity_cores(), static_cast<std::size_t>(online), workers};
    // Asking a runtime would start it. Whether the compute uses it, nobody knows.
    for (const char* const name : {"omp_get_max_threads", "openblas_get_num_threads"}) {
        if (::dlsym(RTLD_DEFAULT, name) != nullptr) {
            const char* const told = std::getenv("OMP_NUM_THREADS");
            const long threads = told == nullptr ? online : std::strtol(told, nullptr, 10);
            mine.threads_inside = threads > 1 ? static_cast<std::size_t>(threads) : 1;
        }
    }
    return mine;
}

/// What makes a run slow, one sentence each, with the remedy; `node_of` by rank, as `setups`.
[[nodiscard]] inline std::vector<std::string> setup_problems(const std::vector<rank_setup>& setups,
                                                             const std::vector<std::size_t>& node_of) {
    std::vector<std::string> problems;
    for (std::size_t node = 0; std::find(node_of.begin(), node_of.end(), node) != node_of.end(); ++node) {
        std::set<unsigned> all;
        std::size_t ranks = 0;
        std::size_t workers = 0;
        std::size_t inside = 1;
        std::size_t machine = 0;
        for (std::size_t r = 0; r < setups.size(); ++r) {
            if (node_of[r] == node) {
                all.insert(setups[r].cores.begin(), setups[r].cores.end());
                ++ranks;
                workers += setups[r].workers;
                inside = std::max(inside, setups[r].threads_inside);
                machine = std::max(machine, setups[r].machine_cores);
            }
        }
        const std::size_t cores = all.size();
        const auto count = [](std::size_t n, const char* one) {
            return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
        };
        const std::string who =
            "node " + std::to_string(node) + ": " + count(ranks, "rank") + " with " + count(workers, "worker");
        if (workers > cores && machine > cores) {
            problems.push_back(who + " may use " + count(cores, "core") + " of " + std::to_string(machine) +
                               "; start mpirun with --bind-to none, or ask the batch system for more cores");
        } else if (workers > cores) {
            problems.push_back(who + " have " + count(cores, "core") +
                               ", so that they take turns; start fewer ranks or threads");
        } else if (inside > 1 && workers > 1 && workers * inside > cores) {
            problems.push_back(who + " have " + count(cores, "core") + ", and OpenMP or OpenBLAS would start " +
                               std::to_string(inside) +
                               " threads within each worker that uses it; set OMP_NUM_THREADS=1 (and "
                               "OPENBLAS_NUM_THREADS=1)");
        }
    }
    return problems;
}

} // namespace distproc::detail
