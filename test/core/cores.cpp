// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/cores.hpp>

#include <core/fake_kernel.hpp>
#include <core/scoped_environment.hpp>
#include <doctest/doctest.h>
#include <sched.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

using distproc::affinity_cores;
using distproc::cgroup_cores;
using distproc::share_of_cores;
using distproc::usable_cores;
using distproc::test::fake_kernel;
using distproc::test::scoped_environment;
using masks = std::vector<std::vector<unsigned>>;

namespace {

std::vector<std::size_t> shares(const masks& of, std::optional<double> quota = {},
                                std::optional<std::size_t> per_task = {}) {
    std::vector<std::size_t> all;
    for (std::size_t rank = 0; rank < of.size(); ++rank) {
        all.push_back(share_of_cores(of, rank, quota, per_task));
    }
    return all;
}

using numbers = std::vector<std::size_t>;

} // namespace

TEST_CASE("affinity: what the kernel says, narrowed where it is told so") {
    const auto before = affinity_cores();
    REQUIRE(!before.empty());
    CHECK(std::is_sorted(before.begin(), before.end()));
    cpu_set_t saved;
    REQUIRE(sched_getaffinity(0, sizeof(saved), &saved) == 0);
    CHECK(before.size() == static_cast<std::size_t>(CPU_COUNT(&saved)));
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(before.back(), &one);
    REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
    const auto narrowed = affinity_cores();
    const auto usable = usable_cores();
    REQUIRE(sched_setaffinity(0, sizeof(saved), &saved) == 0);
    CHECK(narrowed == std::vector<unsigned>{before.back()});
    CHECK(usable == 1);
}

TEST_CASE("quota of version 2: the tightest of the groups") {
    fake_kernel kernel;
    kernel.file("proc/self/cgroup", "0::/user/job\n");
    CHECK(!cgroup_cores(kernel.files()));
    kernel.file("cgroup/user/job/cpu.max", "max 100000\n");
    CHECK(!cgroup_cores(kernel.files()));
    kernel.file("cgroup/user/cpu.max", "250000 100000\n");
    CHECK(cgroup_cores(kernel.files()) == 2.5);
    kernel.file("cgroup/user/job/cpu.max", "50000 100000\n");
    CHECK(cgroup_cores(kernel.files()) == 0.5);
}

TEST_CASE("quota of version 1; -1 means none; a container sees its root only") {
    fake_kernel kernel;
    kernel.file("proc/self/cgroup", "4:cpu,cpuacct:/docker/abc\n");
    kernel.file("cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n").file("cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    CHECK(!cgroup_cores(kernel.files()));
    kernel.file("cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
    CHECK(cgroup_cores(kernel.files()) == 3);
}

TEST_CASE("usable cores: the least of affinity, quota rounded up, and Slurm's word") {
    const scoped_environment no_slurm("SLURM_CPUS_PER_TASK", nullptr);
    const fake_kernel free;
    const std::size_t all = affinity_cores().size();
    CHECK(usable_cores(free.files()) == all);
    fake_kernel kernel;
    kernel.file("proc/self/cgroup", "0::/\n").file("cgroup/cpu.max", "120000 100000\n");
    CHECK(usable_cores(kernel.files()) == std::min<std::size_t>(all, 2));
    kernel.file("cgroup/cpu.max", "1000 100000\n");
    CHECK(usable_cores(kernel.files()) == 1);
    {
        const scoped_environment slurm("SLURM_CPUS_PER_TASK", "1");
        CHECK(usable_cores(free.files()) == 1);
    }
    for (const char* odd : {"0", "many", "100000"}) {
        const scoped_environment slurm("SLURM_CPUS_PER_TASK", odd);
        CHECK(usable_cores(free.files()) == all);
    }
}

TEST_CASE("ranks with cores of their own use them all") {
    CHECK(shares({{0, 1}, {2, 3, 4}, {7}}) == numbers{2, 3, 1});
    CHECK(shares({{0, 1, 2, 3}}) == numbers{4});
}

TEST_CASE("ranks with the same cores divide them; the lower ones get what remains") {
    CHECK(shares(masks(2, {0, 1, 2, 3})) == numbers{2, 2});
    CHECK(shares(masks(3, {0, 1, 2, 3})) == numbers{2, 1, 1});
    CHECK(shares(masks(5, {0, 1})) == numbers{1, 1, 1, 1, 1});
    CHECK(shares(masks(3, {4, 5, 6, 7, 8, 9, 10, 11})) == numbers{3, 3, 2});
}

TEST_CASE("ranks that share some cores") {
    CHECK(shares({{0, 1, 2, 3}, {2, 3}}) == numbers{2, 2});
    CHECK(shares({{0, 1}, {1, 2}, {2, 3}}) == numbers{1, 2, 1});
    CHECK(shares({{0, 1, 2, 3}, {0, 1, 2, 3}, {8, 9}}) == numbers{2, 2, 2});
}

TEST_CASE("a quota is divided among the ranks of the node, and Slurm's word holds for each") {
    CHECK(shares(masks(2, {0, 1, 2, 3, 4, 5, 6, 7}), 3.0) == numbers{2, 1});
    CHECK(shares(masks(2, {0, 1, 2, 3}), 2.5) == numbers{2, 1});
    CHECK(shares(masks(4, {0, 1, 2, 3}), 0.5) == numbers{1, 1, 1, 1});
    CHECK(shares({{0, 1, 2, 3}, {4, 5, 6, 7}}, {}, 3) == numbers{3, 3});
    CHECK(shares(masks(2, {0, 1, 2, 3}), {}, 8) == numbers{2, 2});
    CHECK(shares({{}, {0, 1}}) == numbers{1, 2});
}

TEST_CASE("random masks: every core is given to somebody who may use it, none twice") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 300; ++round) {
        masks of(1 + random() % 6);
        std::set<unsigned> together;
        for (auto& mask : of) {
            for (unsigned core = 0; core < 10; ++core) {
                if (random() % 3 == 0) {
                    mask.push_back(core);
                    together.insert(core);
                }
            }
        }
        const numbers all = shares(of);
        std::size_t over = 0; // ranks without a core run one thread all the same
        for (std::size_t rank = 0; rank < of.size(); ++rank) {
            REQUIRE(all[rank] >= 1);
            REQUIRE(all[rank] <= std::max<std::size_t>(1, of[rank].size()));
            over += all[rank] == 1 ? 1 : 0;
        }
        const std::size_t sum = std::accumulate(all.begin(), all.end(), std::size_t{0});
        REQUIRE(sum >= together.size());
        REQUIRE(sum <= together.size() + over);
    }
}
