// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/h5/guard.hpp>
#include <distproc/h5/handle.hpp>

#include <hdf5.h>
#include <sys/mman.h>
#include <unistd.h>

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

} // namespace distproc::h5
