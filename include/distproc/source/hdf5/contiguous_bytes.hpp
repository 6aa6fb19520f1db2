// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/h5/check.hpp>
#include <distproc/h5/handle.hpp>

#include <hdf5.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace distproc::detail {

/// The bytes of a contiguous dataset in its file, read without HDF5, so that several threads may.
class contiguous_bytes {
public:
    /// `descriptor` stays its owner's; `start` is the dataset's place in the file.
    contiguous_bytes(int descriptor, std::uint64_t start, std::string name)
        : descriptor_(descriptor), start_(start), name_(std::move(name)) {}

    /// Throws `error` that names the dataset where it cannot be read.
    void read(std::uint64_t at, std::span<std::byte> out) const {
        while (!out.empty()) {
            const ssize_t got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(start_ + at));
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0) {
                throw error("'" + name_ + "' cannot be read: " + std::strerror(errno));
            }
            if (got == 0) {
                throw error("'" + name_ + "' cannot be read: its file ends before it does; copy it again");
            }
            at += static_cast<std::uint64_t>(got);
            out = out.subspan(static_cast<std::size_t>(got));
        }
    }

private:
    int descriptor_;
    std::uint64_t start_;
    std::string name_;
};

/// Where a dataset lies in one piece of a file that the POSIX driver has open, in the order and the type in which it is
/// wanted; nothing where it does not.
[[nodiscard]] inline std::optional<contiguous_bytes>
contiguous_bytes_of(hid_t dataset, hid_t file_type, hid_t memory_type, bool in_order, const std::string& name) {
    if (!in_order || h5::check(H5Tequal(file_type, memory_type), "H5Tequal", name) == 0) {
        return std::nullopt;
    }
    const h5::property_list how(H5Dget_create_plist(dataset), "H5Dget_create_plist", name);
    if (H5Pget_layout(how) != H5D_CONTIGUOUS ||
        h5::check(H5Pget_external_count(how), "H5Pget_external_count", name) != 0) {
        return std::nullopt;
    }
    const haddr_t start = H5Dget_offset(dataset);
    const h5::file file(H5Iget_file_id(dataset), "H5Iget_file_id", name);
    const h5::property_list access(H5Fget_access_plist(file), "H5Fget_access_plist", name);
    void* descriptor = nullptr;
    if (start == HADDR_UNDEF || H5Pget_driver(access) != H5FD_SEC2 ||
        H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor) < 0 || descriptor == nullptr) {
        return std::nullopt;
    }
    return contiguous_bytes(*static_cast<const int*>(descriptor), start, name);
}

} // namespace distproc::detail
