// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/h5/check.hpp>

#include <hdf5.h>

#include <string_view>
#include <utility>

namespace distproc::h5 {

/// Owns one HDF5 identifier; closes it when it goes, and says nothing if that fails: `close` does.
template <auto Close>
class handle {
public:
    handle() = default;
    /// Takes the identifier over, after `check`.
    handle(hid_t id, std::string_view call, std::string_view subject) : id_(check(id, call, subject)) {}
    handle(handle&& other) noexcept : id_(other.release()) {}
    handle& operator=(handle&& other) noexcept {
        if (this != &other) {
            reset();
            id_ = other.release();
        }
        return *this;
    }
    ~handle() { reset(); }

    [[nodiscard]] hid_t get() const noexcept { return id_; }
    operator hid_t() const noexcept { return id_; }
    [[nodiscard]] bool valid() const noexcept { return id_ >= 0; }
    /// Gives the identifier away unclosed.
    [[nodiscard]] hid_t release() noexcept { return std::exchange(id_, H5I_INVALID_HID); }

    /// Closes and checks. Files write their last bytes now, so theirs may fail.
    void close(std::string_view call, std::string_view subject) {
        if (valid()) {
            const guard lock;
            check(Close(release()), call, subject);
        }
    }
    /// The same, deaf to failures: for destructors and after another error.
    void reset() noexcept {
        if (valid()) {
            const guard lock;
            static_cast<void>(Close(release()));
        }
    }

private:
    hid_t id_ = H5I_INVALID_HID;
};

using file = handle<&H5Fclose>;
using group = handle<&H5Gclose>;
using dataset = handle<&H5Dclose>;
using dataspace = handle<&H5Sclose>;
using datatype = handle<&H5Tclose>;
using attribute = handle<&H5Aclose>;
using property_list = handle<&H5Pclose>;
using object = handle<&H5Oclose>;

} // namespace distproc::h5
