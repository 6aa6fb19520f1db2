// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <hdf5.h>

#include <mutex>

namespace distproc::h5 {

namespace detail {
inline std::recursive_mutex& mutex() {
    static auto* const one = new std::recursive_mutex; // never destroyed: handles may outlive static objects
    return *one;
}
} // namespace detail

/// Hold one of these around every use of HDF5: `const h5::guard lock;`. It keeps other threads of the process out,
/// since HDF5 is not thread-safe and several runs may be at work at once, and keeps HDF5 from printing its error stack.
class guard {
public:
    guard() : lock_(detail::mutex()) {
        H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~guard() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

private:
    std::unique_lock<std::recursive_mutex> lock_;
    H5E_auto2_t print_ = nullptr;
    void* data_ = nullptr;
};

} // namespace distproc::h5
