// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <sys/statfs.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace distproc {

/// What a path lies on.
struct file_system {
    std::string
        name; ///< "xfs"; "unknown" where the system does not tell, else hexadecimal digits where it has no name here
    /// Machines keep what they read and write for a while, and locks may be missing or slow (NFS, SMB): one machine
    /// should write a file. File systems made for parallel programs (Lustre, BeeGFS, GPFS) are not so.
    bool loose = false;
    std::size_t free_bytes = 0; ///< for this user
};

namespace detail {

/// By the number that Linux gives a kind of file system, see statfs(2) and linux/magic.h.
[[nodiscard]] inline file_system kind_of_file_system(std::uint32_t magic) {
    struct kind {
        std::uint32_t magic;
        const char* name;
        bool loose;
    };
    static constexpr kind kinds[] = {
        {0x0000EF53, "ext4", false},    {0x58465342, "xfs", false},    {0x9123683E, "btrfs", false},
        {0x2FC12FC1, "zfs", false},     {0x01021994, "tmpfs", false},  {0x858458F6, "ramfs", false},
        {0x794C7630, "overlay", false}, {0x0BD00BD0, "lustre", false}, {0x47504653, "gpfs", false},
        {0x19830326, "beegfs", false},  {0x00C36400, "ceph", false},   {0x01161970, "gfs2", false},
        {0xAAD7AAEA, "panfs", false},   {0x00006969, "nfs", true},     {0xFF534D42, "cifs", true},
        {0xFE534D42, "smb", true},      {0x0000517B, "smb", true},     {0x5346414F, "afs", true},
        {0x01021997, "9p", true},       {0x73757245, "coda", true},    {0x65735546, "fuse", false}};
    for (const kind& one : kinds) {
        if (one.magic == magic) {
            return {one.name, one.loose, 0};
        }
    }
    char digits[16];
    std::snprintf(digits, sizeof digits, "%#x", magic);
    return {digits, false, 0};
}

} // namespace detail

/// Of a file or directory; where it does not exist yet, of the nearest directory above it.
[[nodiscard]] inline file_system file_system_of(std::string path) {
    for (;;) {
        struct statfs is {};
        if (::statfs(path.empty() ? "." : path.c_str(), &is) == 0) {
            file_system there = detail::kind_of_file_system(static_cast<std::uint32_t>(is.f_type));
            there.free_bytes = static_cast<std::size_t>(is.f_bavail) * static_cast<std::size_t>(is.f_bsize);
            return there;
        }
        if (errno == EINTR) {
            continue;
        }
        if (path.empty() || path == "/" || (errno != ENOENT && errno != ENOTDIR)) {
            return {"unknown", false, 0};
        }
        const std::size_t slash = path.find_last_of('/');
        path = slash == std::string::npos ? "" : slash == 0 ? "/" : path.substr(0, slash);
    }
}

} // namespace distproc
