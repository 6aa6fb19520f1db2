// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <doctest/doctest.h>
#include <sys/mount.h>

#include <string>
#include <utility>

namespace test {

/// A disk of 1 MiB in a folder that exists; it and what is on it goes with this object. `mounted()` is false
/// without the right to mount.
class small_disk {
public:
    explicit small_disk(std::string folder)
        : folder_(std::move(folder)), mounted_(::mount("none", folder_.c_str(), "tmpfs", 0, "size=1m") == 0) {
        if (!mounted_) {
            MESSAGE("skipped: no right to mount a small disk");
        }
    }
    ~small_disk() {
        if (mounted_) {
            CHECK(::umount(folder_.c_str()) == 0); // nobody holds a file of it open
        }
    }
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;
    [[nodiscard]] bool mounted() const noexcept { return mounted_; }

private:
    std::string folder_;
    bool mounted_;
};

} // namespace test
