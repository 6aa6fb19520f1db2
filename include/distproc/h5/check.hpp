// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/h5/guard.hpp>

#include <hdf5.h>

#include <concepts>
#include <string>
#include <string_view>

namespace distproc::h5 {

/// What the failing HDF5 function noted deepest in its error stack; empty where there is nothing. Hold a `guard`.
[[nodiscard]] inline std::string innermost_message() {
    std::string text;
    const H5E_walk2_t visit = [](unsigned level, const H5E_error2_t* entry, void* out) -> herr_t {
        if (level == 0 && entry->desc != nullptr) {
            try {
                *static_cast<std::string*>(out) = entry->desc;
            } catch (...) { // no exception may cross C code
                return -1;
            }
        }
        return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &text);
    return text;
}

/// The one way from a code of the HDF5 library to an exception: `check(H5Dopen2(file, name, H5P_DEFAULT), "H5Dopen2",
/// file_name)` returns the code, or throws `error` that names the subject (a file, or file and dataset), the call and
/// HDF5's innermost message. Hold a `guard` from before the call.
template <std::signed_integral Code>
Code check(Code code, std::string_view call, std::string_view subject) {
    if (code < 0) {
        const std::string message = innermost_message();
        throw error("'" + std::string(subject) + "': " + std::string(call) + " failed" +
                    (message.empty() ? "" : ": " + message));
    }
    return code;
}

} // namespace distproc::h5
