// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/cgroup.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace distproc::test {

/// A temporary folder that looks like /proc and /sys/fs/cgroup to who is told so.
class fake_kernel {
public:
    fake_kernel() {
        std::string name = (std::filesystem::temp_directory_path() / "distproc-kernel-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        root_ = name;
    }
    fake_kernel(const fake_kernel&) = delete;
    fake_kernel& operator=(const fake_kernel&) = delete;
    ~fake_kernel() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    /// "proc/self/cgroup", "cgroup/user/cpu.max": makes the file and its folders.
    fake_kernel& file(const std::string& path, const std::string& text) {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
        return *this;
    }

    [[nodiscard]] kernel_files files() const { return {(root_ / "proc").string(), (root_ / "cgroup").string()}; }
    [[nodiscard]] std::string cgroups() const { return (root_ / "cgroup").string(); }

private:
    std::filesystem::path root_;
};

} // namespace distproc::test
