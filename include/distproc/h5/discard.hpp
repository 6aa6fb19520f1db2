// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/posix_file.hpp>
#include <distproc/h5/check.hpp>
#include <distproc/h5/guard.hpp>
#include <distproc/h5/handle.hpp>

#include <fcntl.h>
#include <hdf5.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace distproc::h5 {

/// For a file of the POSIX driver that is given up after a failure, before it is closed: its disk may be full. HDF5
/// writes what it holds when a file is closed; where that fails it keeps a file that it has freed in part, and the
/// process crashes when HDF5 ends (1.10). So the rest goes to memory, where the system can do that.
inline void discard_writes(const file& it) noexcept {
#ifdef MFD_CLOEXEC
    const guard lock;
    void* descriptor = nullptr;
    if (it.valid() && H5Fget_vfd_handle(it, H5P_DEFAULT, &descriptor) >= 0 && descriptor != nullptr) {
        const int memory = ::memfd_create("distproc", MFD_CLOEXEC);
        if (memory >= 0) {
            (void)::dup2(memory, *static_cast<int*>(descriptor));
            ::close(memory);
        }
    }
#else
    (void)it;
#endif
}

/// H5Fflush of a file of the POSIX driver in which few bytes are holes. First its blocks are reserved: where the disk
/// is full the file can then still be given up, and not after H5Fflush has failed, which leaves HDF5 1.10 unable to
/// close it. Throws `error`.
inline void flush_file(const file& it, const std::string& name) {
    const guard lock;
#ifdef FALLOC_FL_KEEP_SIZE
    void* descriptor = nullptr;
    hsize_t bytes = 0;
    if (H5Fget_vfd_handle(it, H5P_DEFAULT, &descriptor) >= 0 && descriptor != nullptr &&
        H5Fget_filesize(it, &bytes) >= 0 && bytes != 0 &&
        ::fallocate(*static_cast<int*>(descriptor), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0 &&
        (errno == ENOSPC || errno == EDQUOT)) {
        distproc::detail::throw_system_error(name, "written", errno);
    }
#endif
    check(H5Fflush(it, H5F_SCOPE_GLOBAL), "H5Fflush", name);
}

} // namespace distproc::h5
