// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/cgroup.hpp>

#include <core/fake_kernel.hpp>
#include <doctest/doctest.h>

using distproc::cgroup_folders;
using distproc::test::fake_kernel;
using folders = std::vector<std::string>;

TEST_CASE("version 2: the group and those above it, innermost first") {
    fake_kernel kernel;
    const std::string c = kernel.cgroups();
    kernel.file("proc/self/cgroup", "0::/user.slice/job-7/step\n");
    CHECK(cgroup_folders("cpu", kernel.files()) ==
          folders{c + "/user.slice/job-7/step", c + "/user.slice/job-7", c + "/user.slice", c});
    kernel.file("proc/self/cgroup", "0::/\n");
    CHECK(cgroup_folders("cpu", kernel.files()) == folders{c});
}

TEST_CASE("version 1: the line that names the controller, beside version 2") {
    fake_kernel kernel;
    const std::string c = kernel.cgroups();
    kernel.file("proc/self/cgroup",
                "12:cpuset:/x\n4:cpu,cpuacct:/job\n3:memory:/mem/job\n1:name=systemd:/init\n0::/two");
    CHECK(cgroup_folders("cpu", kernel.files()) == folders{c + "/cpu,cpuacct/job", c + "/cpu,cpuacct", c + "/two", c});
    CHECK(cgroup_folders("memory", kernel.files()) ==
          folders{c + "/memory/mem/job", c + "/memory/mem", c + "/memory", c + "/two", c});
}

TEST_CASE("a group above what a container sees stands for the container's root; paths may hold colons") {
    fake_kernel kernel;
    const std::string c = kernel.cgroups();
    kernel.file("proc/self/cgroup", "0::/../../other\n");
    CHECK(cgroup_folders("cpu", kernel.files()) == folders{c});
    kernel.file("proc/self/cgroup", "0::/a:b/c\n");
    CHECK(cgroup_folders("cpu", kernel.files()) == folders{c + "/a:b/c", c + "/a:b", c});
}

TEST_CASE("no groups at all") {
    const fake_kernel kernel;
    CHECK(cgroup_folders("cpu", kernel.files()).empty());
}

TEST_CASE("numbers in small files") {
    using namespace distproc::detail;
    CHECK(leading_number("max 100000") == std::nullopt);
    CHECK(leading_number("  12 34") == 12);
    CHECK(leading_number("-1\n") == -1);
    CHECK(leading_number("") == std::nullopt);
    CHECK(number_of_line("a 1\ninactive_file 5\nb 2", "inactive_file ") == 5);
    CHECK(number_of_line("total_inactive_file 5\n", "inactive_file ") == std::nullopt);
    CHECK(number_of_line("MemAvailable:    123 kB\n", "MemAvailable:") == 123);
    CHECK(!read_text("/nonexistent/file"));
}
