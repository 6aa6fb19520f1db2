// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/file_system.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace {

/// What coreutils say.
std::string stat_says(const std::string& path) {
    const std::string command = "stat -f -c '%t' '" + path + "'";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    char digits[32] = {};
    REQUIRE(pipe);
    REQUIRE(std::fgets(digits, sizeof digits, pipe.get()) != nullptr);
    return digits;
}

} // namespace

TEST_CASE("the kind of a file system is what stat says") {
    for (const char* const path : {"/", "/proc", "/tmp", "/dev/shm"}) {
        const auto magic = static_cast<std::uint32_t>(std::stoul(stat_says(path), nullptr, 16));
        CHECK(distproc::file_system_of(path).name == distproc::detail::kind_of_file_system(magic).name);
    }
    CHECK(distproc::file_system_of("/proc").name == "0x9fa0");
    CHECK(distproc::detail::kind_of_file_system(0xEF53).name == "ext4");
    CHECK(distproc::detail::kind_of_file_system(0x6969).loose);
    CHECK_FALSE(distproc::detail::kind_of_file_system(0x0BD00BD0).loose);
}

TEST_CASE("a path that does not exist yet is where its folder is") {
    CHECK(distproc::file_system_of("/proc/no/such/file").name == "0x9fa0");
    CHECK(distproc::file_system_of("no_such_file").name == distproc::file_system_of(".").name);
    CHECK(distproc::file_system_of("/no_such_file").name == distproc::file_system_of("/").name);
    CHECK(distproc::file_system_of("").name == distproc::file_system_of(".").name);
}
