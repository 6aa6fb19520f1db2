// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/cores.hpp>
#include <distproc/core/supply.hpp>
#include <distproc/core/team.hpp>
#include <distproc/executor/concepts.hpp>
#include <distproc/executor/solo_environment.hpp>

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace distproc {

/// Computes on the cores of one process, in an arena of its own.
///
/// For one machine; inside `mpi_executor` for many. By default as wide as the cores that the process may really use:
/// its affinity, the quota of its control group, SLURM_CPUS_PER_TASK, divided among the ranks that share them.
/// `threads` above 0 says how wide, also above the cores. A compute that uses TBB itself gets the idle threads of the
/// arena. Costs one arena and, where threads outnumber cores, one `tbb::global_control` while a run lasts; a
/// `global_control` of the program's own that allows fewer threads holds. Throws nothing of its own.
struct tbb_executor {
    static constexpr std::string_view name = "tbb";
    static constexpr std::string_view name_over_ranks = "hybrid";
    static constexpr bool overlaps = true;
    using environment = solo_environment;

    std::size_t threads = 0;

    [[nodiscard]] static solo_team make_team() noexcept { return {}; }

    /// Whether `width` follows the cores.
    [[nodiscard]] bool adapts_to_cores() const noexcept { return threads == 0; }
    /// Collective over `ranks`: one gather of the ranks' affinities. `threads` may differ between ranks.
    [[nodiscard]] std::size_t width(const team auto& ranks) const {
        if (ranks.size() == 1) {
            return threads != 0 ? threads : usable_cores();
        }
        const std::vector<unsigned> cores = affinity_cores();
        const std::string machine = running_kernel();
        std::string mine;
        save_bytes(mine, machine.size());
        mine += machine;
        for (const unsigned core : cores) {
            save_bytes(mine, core);
        }
        const std::vector<std::string> all = ranks.all_gather(mine);
        if (threads != 0) {
            return threads;
        }
        std::vector<std::vector<unsigned>> masks; // of the ranks on this machine
        std::size_t me = 0;
        for (std::size_t r = 0; r < all.size(); ++r) {
            std::string_view rest = all[r];
            const auto length = load_bytes<std::size_t>(rest);
            if (rest.substr(0, length) != machine) {
                continue;
            }
            rest.remove_prefix(length);
            me = r == ranks.rank() ? masks.size() : me;
            std::vector<unsigned>& mask = masks.emplace_back();
            while (!rest.empty()) {
                mask.push_back(load_bytes<unsigned>(rest));
            }
        }
        return share_of_cores(masks, me, cgroup_cores(), slurm_cores());
    }

    [[nodiscard]] static local_supply supply(const solo_team&, std::size_t workers, std::size_t granules) {
        return {granules, workers};
    }

    /// The calling thread takes part. Bodies see its floating-point environment.
    template <class Body>
    static void run(std::size_t width, Body&& body) {
        using limit = tbb::global_control;
        std::optional<limit> raised;
        if (limit::active_value(limit::max_allowed_parallelism) < width) {
            raised.emplace(limit::max_allowed_parallelism, width);
        }
        tbb::task_group_context context(tbb::task_group_context::isolated,
                                        tbb::task_group_context::default_traits | tbb::task_group_context::fp_settings);
        // What TBB orders anyway, in atomics of ours: a thread sanitizer cannot see into its library.
        std::atomic<bool> begun{false};
        std::atomic<std::size_t> ended{0};
        begun.store(true, std::memory_order_release);
        tbb::task_arena arena(static_cast<int>(width));
        arena.execute([&] {
            const auto bodies = [&](const tbb::blocked_range<std::size_t>& workers) {
                for (std::size_t w = workers.begin(); w != workers.end(); ++w) {
                    // Isolated: TBB inside a compute must not begin another worker's loop on top of this one.
                    tbb::this_task_arena::isolate([&] {
                        static_cast<void>(begun.load(std::memory_order_acquire));
                        body(w);
                        ended.fetch_add(1, std::memory_order_release);
                    });
                }
            };
            tbb::parallel_for(tbb::blocked_range<std::size_t>(0, width, 1), bodies, tbb::simple_partitioner{}, context);
        });
        static_cast<void>(ended.load(std::memory_order_acquire));
    }

private:
    // Ranks with one kernel share its cores, also where `ranks_per_node` or containers make several nodes of it.
    static std::string running_kernel() {
        return detail::read_text("/proc/sys/kernel/random/boot_id").value_or(std::string());
    }
};

static_assert(executor<tbb_executor>);

} // namespace distproc
