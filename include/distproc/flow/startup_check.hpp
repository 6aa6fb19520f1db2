// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/file_system.hpp>
#include <distproc/core/function_ref.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/flow/rank_setup.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/concepts.hpp>

#include <concepts>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace distproc::detail {

/// What a run is made of, for the start-up check; of the parts that say so.
struct run_parts {
    std::string executor;
    std::string environment; ///< "Open MPI v4.1.4, MPI_THREAD_MULTIPLE"; empty: no MPI
    std::string writer;
    std::string output;      ///< file or directory; empty: none
    std::string library;     ///< with which it is written
    std::size_t writers = 1; ///< of one file, which all write together
    bool adapts = false;     ///< the workers of a rank are as many as its cores
};

template <class Executor, class Writer>
[[nodiscard]] run_parts parts_of(const Executor& executor, const Writer& to, const team auto& ranks) {
    run_parts parts;
    parts.executor = std::string_view(Executor::name);
    parts.writer = std::string_view(Writer::name);
    if constexpr (requires {
                      { Executor::environment::description() } -> std::convertible_to<std::string>;
                  }) {
        parts.environment = Executor::environment::description();
    }
    if constexpr (requires {
                      { executor.adapts_to_cores() } -> std::convertible_to<bool>;
                  }) {
        parts.adapts = executor.adapts_to_cores();
    }
    if constexpr (requires {
                      { to.output() } -> std::convertible_to<std::string>;
                  }) {
        parts.output = to.output();
    }
    if constexpr (requires {
                      { to.library() } -> std::convertible_to<std::string>;
                  }) {
        parts.library = to.library();
    }
    if constexpr (requires { requires Writer::shares_a_file; }) {
        parts.writers = domains_of(to, ranks);
    }
    return parts;
}

/// "1 of 8 cores", or "8 cores".
[[nodiscard]] inline std::string cores_text(const node_setup& node) {
    const std::size_t cores = node.cores.size();
    std::string text = cores == node.machine_cores
                           ? count_text(cores, "core")
                           : std::to_string(cores) + " of " + count_text(node.machine_cores, "core");
    if (node.quota != 0 && node.quota < cores) {
        text += ", time of " + std::to_string(node.quota);
    }
    if (node.ranks > 1) {
        text += ", each rank on " + std::to_string(node.least_cores) +
                (node.most_cores == node.least_cores ? "" : " to " + std::to_string(node.most_cores));
    }
    return text;
}

/// The start-up check for people, a line for each node.
[[nodiscard]] inline std::string startup_text(const run_parts& parts, const plan& what, std::size_t ranks,
                                              const std::vector<node_setup>& nodes) {
    std::string text = "distproc: start-up check\n  executor  " + parts.executor + ", " + count_text(ranks, "rank") +
                       " on " + count_text(nodes.size(), "node") + "; " +
                       (parts.environment.empty() ? "one process" : parts.environment) + "\n  source    " + what.source;
    if (!what.source_files.empty()) {
        text += " (on " + file_system_of(what.source_files.front()).name + ")";
    }
    text += "\n  writer    " + parts.writer;
    if (!parts.output.empty()) {
        const file_system there = file_system_of(parts.output);
        text += ": " + parts.output + " (on " + there.name + ", " + bytes_text(there.free_bytes) + " free)";
    }
    text += (parts.library.empty() ? "" : "; " + parts.library) + "\n";
    for (std::size_t n = 0; n < nodes.size(); ++n) {
        const node_setup& node = nodes[n];
        text += "  node " + std::to_string(n) + "    " + node.host + ": " + count_text(node.ranks, "rank") + ", " +
                count_text(node.workers, "worker") + "; " + cores_text(node) +
                "; memory: " + bytes_text(node.free_memory) + " free, " + bytes_text(node.budget) +
                " for this run; /dev/shm: " + bytes_text(node.free_shared) + " free\n";
    }
    return text;
}

/// What stands in the way of a run that is about to begin, one sentence each, with the remedy. `there`: where the
/// output goes.
[[nodiscard]] inline std::vector<std::string> startup_problems(const run_parts& parts, const file_system& there,
                                                               const std::vector<node_setup>& nodes) {
    std::vector<std::string> problems;
    std::set<std::string> hosts;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
        hosts.insert(nodes[n].host);
        const auto of_node = problems_of_node(n, nodes[n], parts.adapts, !parts.environment.empty());
        problems.insert(problems.end(), of_node.begin(), of_node.end());
    }
    if (there.loose && hosts.size() > 1 && parts.writers > 1) {
        problems.push_back("output '" + parts.output + "' is on " + there.name +
                           ", where machines that write one file see each other's bytes late and wait long for locks; "
                           "use a parallel file system (Lustre, BeeGFS, GPFS), or shard_writer");
    }
    return problems;
}

/// Collective: one gather of some bytes for each core of a rank. Rank 0 prints on standard error what is in the way,
/// and, with `all`, how the run is set up. Throws on all ranks what `parts()` throws on any.
inline void check_startup(const team auto& ranks, std::size_t workers, const plan& what, bool all,
                          function_ref<run_parts()> parts_of_run) {
    run_parts parts;
    const std::vector<std::string> facts = agreed_gather(ranks, stage::plan, [&] {
        parts = parts_of_run();
        if (what.result.lists) {
            parts.writers = 1; // one rank joins them
        }
        std::string mine;
        save_bytes(mine, setup_of_rank(ranks.node(), workers, what.memory_bytes + what.workspace_bytes));
        return mine;
    });
    if (ranks.rank() != 0) {
        return;
    }
    try {
        std::vector<rank_setup> setups;
        for (std::string_view rest : facts) {
            setups.push_back(load_bytes<rank_setup>(rest));
        }
        const std::vector<node_setup> nodes = setups_of_nodes(setups);
        std::string text = all ? startup_text(parts, what, setups.size(), nodes) : std::string();
        const file_system there = parts.output.empty() ? file_system{} : file_system_of(parts.output);
        for (const std::string& problem : startup_problems(parts, there, nodes)) {
            text += "distproc: warning: " + problem + "\n";
        }
        std::fputs(text.c_str(), stderr);
    } catch (const std::exception& e) { // the others have gone on
        std::fprintf(stderr, "distproc: warning: the start-up check failed: %s\n", e.what());
    }
}

} // namespace distproc::detail
