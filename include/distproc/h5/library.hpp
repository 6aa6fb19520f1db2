// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/h5/guard.hpp>

#include <hdf5.h>

#include <string>

namespace distproc::h5 {

/// "HDF5 1.10.8, parallel": the library that this process uses, for people.
[[nodiscard]] inline std::string library_text() {
    const guard lock;
    unsigned version[3] = {};
    hbool_t safe = false;
    std::string text = "HDF5";
    if (H5get_libversion(&version[0], &version[1], &version[2]) >= 0) {
        text += " " + std::to_string(version[0]) + "." + std::to_string(version[1]) + "." + std::to_string(version[2]);
    }
#ifdef H5_HAVE_PARALLEL
    text += ", parallel";
#else
    text += ", serial";
#endif
    return H5is_library_threadsafe(&safe) >= 0 && safe ? text + ", thread-safe" : text;
}

} // namespace distproc::h5
