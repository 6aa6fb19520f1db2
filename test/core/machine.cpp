// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/machine.hpp>

#include <core/fake_kernel.hpp>
#include <doctest/doctest.h>

#include <vector>

using distproc::available_memory_bytes;
using distproc::cgroup_memory_bytes;
using distproc::cpu_model_in;
using distproc::test::fake_kernel;

namespace {
constexpr std::size_t mebi = std::size_t{1} << 20U;
} // namespace

TEST_CASE("the CPU's name") {
    CHECK(cpu_model_in(
              "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R) 2.7GHz \n\n") ==
          "Intel(R) Xeon(R) 2.7GHz");
    CHECK(cpu_model_in("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n") ==
          "ARM CPU, implementer 0x41, part 0xd0c");
    CHECK(cpu_model_in("") == "unknown CPU");
    CHECK(cpu_model_in("model name\n") == "unknown CPU");
    CHECK(!distproc::cpu_model().empty());
    CHECK(&distproc::cpu_model() == &distproc::cpu_model());
}

TEST_CASE("this machine has a name, and this process has used memory") {
    CHECK(!distproc::host_name().empty());
    const std::size_t before = distproc::peak_memory_bytes();
    CHECK(before > 100 * 1024);
    std::vector<char> block(64 * mebi, 1);
    CHECK(block[block.size() / 2] == 1);
    CHECK(distproc::peak_memory_bytes() >= before);
    CHECK(distproc::peak_memory_bytes() >= 64 * mebi);
}

TEST_CASE("available memory: what the machine has, limited by the groups") {
    fake_kernel kernel;
    kernel.file("proc/meminfo", "MemTotal:       16000000 kB\nMemFree:         100 kB\nMemAvailable:    8192 kB\n");
    CHECK(available_memory_bytes(kernel.files()) == 8 * mebi);
    kernel.file("proc/self/cgroup", "0::/user/job\n").file("cgroup/user/job/memory.max", "max\n");
    CHECK(available_memory_bytes(kernel.files()) == 8 * mebi);
    kernel.file("cgroup/user/memory.max", std::to_string(10 * mebi))
        .file("cgroup/user/memory.current", std::to_string(9 * mebi))
        .file("cgroup/user/memory.stat",
              "anon 1\ninactive_file " + std::to_string(3 * mebi) + "\nactive_file " + std::to_string(mebi) + "\n");
    CHECK(cgroup_memory_bytes(kernel.files()) == 5 * mebi);
    CHECK(available_memory_bytes(kernel.files()) == 5 * mebi);
    kernel.file("cgroup/user/memory.high", std::to_string(7 * mebi));
    CHECK(available_memory_bytes(kernel.files()) == 2 * mebi);
    kernel.file("cgroup/user/memory.max", std::to_string(mebi));
    CHECK(available_memory_bytes(kernel.files()) == 0);
}

TEST_CASE("memory limits of version 1") {
    fake_kernel kernel;
    kernel.file("proc/meminfo", "MemAvailable:    1048576 kB\n")
        .file("proc/self/cgroup", "3:memory:/job\n")
        .file("cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n")
        .file("cgroup/memory/job/memory.usage_in_bytes", "1000\n");
    CHECK(!cgroup_memory_bytes(kernel.files()));
    kernel.file("cgroup/memory/job/memory.limit_in_bytes", std::to_string(100 * mebi))
        .file("cgroup/memory/job/memory.usage_in_bytes", std::to_string(50 * mebi))
        .file("cgroup/memory/job/memory.stat",
              "inactive_file 1\ntotal_inactive_file " + std::to_string(10 * mebi) + "\n");
    CHECK(available_memory_bytes(kernel.files()) == 60 * mebi);
}

TEST_CASE("the budget where none is named is a quarter, and not nothing") {
    fake_kernel kernel;
    kernel.file("proc/meminfo", "MemAvailable:    1048576 kB\n");
    CHECK(distproc::default_budget_bytes(kernel.files()) == 256 * mebi);
    kernel.file("proc/meminfo", "MemAvailable:    1024 kB\n");
    CHECK(distproc::default_budget_bytes(kernel.files()) == 16 * mebi);
    CHECK(distproc::default_budget_bytes() >= 16 * mebi);
    const fake_kernel silent;
    CHECK(available_memory_bytes(silent.files()) == 1024 * mebi);
}
