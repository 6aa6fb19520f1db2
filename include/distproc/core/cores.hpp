// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/cgroup.hpp>
#include <distproc/core/environment_variable.hpp>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc {

/// Numbers of the cores (hardware threads) that the kernel lets the calling thread use, ascending. Never empty.
[[nodiscard]] inline std::vector<unsigned> affinity_cores() {
    std::vector<unsigned> cores;
    for (unsigned room = 1024; room <= 1U << 20U && cores.empty(); room *= 2) {
        std::vector<cpu_set_t> sets((room + CPU_SETSIZE - 1) / CPU_SETSIZE);
        const std::size_t bytes = sets.size() * sizeof(cpu_set_t);
        if (sched_getaffinity(0, bytes, sets.data()) != 0) {
            continue; // the machine has more cores than fit
        }
        for (unsigned core = 0; core < room; ++core) {
            if (CPU_ISSET_S(core, bytes, sets.data())) {
                cores.push_back(core);
            }
        }
    }
    if (cores.empty()) { // the kernel does not tell: all cores of the machine
        cores.resize(static_cast<std::size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))));
        std::iota(cores.begin(), cores.end(), 0U);
    }
    return cores;
}

/// How many cores' worth of time the control groups grant this process (shared with all others in the same group);
/// nothing where they set no limit. 1.5: on average one and a half cores.
[[nodiscard]] inline std::optional<double> cgroup_cores(const kernel_files& files = {}) {
    std::optional<double> least;
    const auto limit = [&](std::optional<long long> quota, std::optional<long long> period) {
        if (quota && period && *quota > 0 && *period > 0) {
            const double cores = static_cast<double>(*quota) / static_cast<double>(*period);
            least = std::min(cores, least.value_or(cores));
        }
    };
    for (const std::string& folder : cgroup_folders("cpu", files)) {
        if (const auto text = detail::read_text(folder + "/cpu.max")) { // "max 100000" or "200000 100000"
            std::string_view period = *text;
            const auto quota = detail::leading_number(detail::cut(period, ' '));
            limit(quota, detail::leading_number(period));
        }
        limit(detail::number_of_file(folder + "/cpu.cfs_quota_us"),
              detail::number_of_file(folder + "/cpu.cfs_period_us"));
    }
    return least;
}

/// SLURM_CPUS_PER_TASK; nothing where Slurm did not set it.
[[nodiscard]] inline std::optional<std::size_t> slurm_cores() {
    const auto cores = detail::number_from_launcher("SLURM_CPUS_PER_TASK");
    return cores && *cores > 0 ? cores : std::nullopt;
}

namespace detail {

/// Whole cores that a quota pays for, at least one.
inline std::size_t cores_of_quota(double quota) noexcept {
    const auto whole = static_cast<std::size_t>(std::min(quota, 1e9));
    return std::max<std::size_t>(1, whole + (static_cast<double>(whole) < std::min(quota, 1e9) ? 1 : 0));
}

} // namespace detail

/// How many threads this process can really keep busy where it has the machine for itself: its affinity, limited by the
/// quota of its control groups (rounded up) and by SLURM_CPUS_PER_TASK. At least 1. Reads a few files of the kernel.
[[nodiscard]] inline std::size_t usable_cores(const kernel_files& files = {}) {
    std::size_t cores = affinity_cores().size();
    if (const auto quota = cgroup_cores(files)) {
        cores = std::min(cores, detail::cores_of_quota(*quota));
    }
    return std::max<std::size_t>(1, std::min(cores, slurm_cores().value_or(cores)));
}

namespace detail {

/// Whether so many busy threads in each of the `ranks` of this node leave this process no core. In doubt they do not: a
/// process that may not use the whole machine counts its own threads alone, since it cannot know where the others are.
[[nodiscard]] inline bool no_core_left(std::size_t threads, std::size_t ranks) {
    const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
    const bool all = online > 0 && affinity_cores().size() == static_cast<std::size_t>(online) && !slurm_cores();
    return usable_cores() <= threads * (all ? ranks : 1);
}

} // namespace detail

/// How many threads rank `me` of a node should run, so that together the ranks of the node run one on each core.
///
/// `masks[r]` holds what `affinity_cores()` said on rank r of the node, and `me` indexes it. Every core goes to one of
/// the ranks that may use it: cores that few ranks may use first, each to the rank that has fewest so far, the lower
/// one of two. So disjoint masks count whole, n ranks with one mask get an n-th each, and the lower ones what remains.
/// `quota` (`cgroup_cores()`) is divided alike among all ranks of the node; `per_task` (`slurm_cores()`) limits each
/// one; no rank has less than one. Depends on the arguments alone: with equal masks all ranks arrive at one division.
[[nodiscard]] inline std::size_t share_of_cores(std::span<const std::vector<unsigned>> masks, std::size_t me,
                                                std::optional<double> quota = std::nullopt,
                                                std::optional<std::size_t> per_task = std::nullopt) {
    std::map<unsigned, std::vector<std::size_t>> ranks_of;
    for (std::size_t rank = 0; rank < masks.size(); ++rank) {
        for (const unsigned core : masks[rank]) {
            ranks_of[core].push_back(rank);
        }
    }
    std::vector<const std::vector<std::size_t>*> order;
    for (const auto& [core, ranks] : ranks_of) {
        order.push_back(&ranks);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->size() < b->size(); });
    std::vector<std::size_t> owned(masks.size(), 0);
    for (const auto* ranks : order) {
        ++owned[*std::min_element(ranks->begin(), ranks->end(),
                                  [&](std::size_t a, std::size_t b) { return owned[a] < owned[b]; })];
    }
    std::size_t share = owned[me];
    if (quota) {
        const std::size_t whole = detail::cores_of_quota(*quota);
        share = std::min(share, whole / masks.size() + (me < whole % masks.size() ? 1 : 0));
    }
    return std::max<std::size_t>(1, std::min(share, per_task.value_or(share)));
}

} // namespace distproc
