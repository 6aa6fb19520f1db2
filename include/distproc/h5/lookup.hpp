// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/h5/handle.hpp>

#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace distproc::h5 {

/// For messages: "scan.h5:/group/data".
[[nodiscard]] inline std::string address(std::string_view file, std::string_view path) {
    return std::string(file) + ":" + (path.starts_with('/') ? "" : "/") + std::string(path);
}

/// File access through the POSIX driver. Without HDF5's sieve buffer: that would read 64 KiB around each small piece
/// that is read or written, and keep what was written from the system.
[[nodiscard]] inline property_list posix_access() {
    property_list access(H5Pcreate(H5P_FILE_ACCESS), "H5Pcreate", "file access");
    check(H5Pset_fapl_sec2(access), "H5Pset_fapl_sec2", "file access");
    check(H5Pset_fclose_degree(access, H5F_CLOSE_SEMI), "H5Pset_fclose_degree", "file access");
    check(H5Pset_sieve_buf_size(access, 0), "H5Pset_sieve_buf_size", "file access");
    return access;
}

/// Opens a file for reading, on this process alone. Throws `error` that tells a missing, unreadable, foreign, truncated
/// or locked file apart.
[[nodiscard]] inline file open_for_reading(const std::string& name) {
    struct stat status {};
    if (::stat(name.c_str(), &status) != 0) {
        throw error("file '" + name + "' cannot be opened: " + std::strerror(errno) + "; check the path");
    }
    if (S_ISDIR(status.st_mode)) {
        throw error("'" + name + "' is a directory, not an HDF5 file; name a file in it");
    }
    if (::access(name.c_str(), R_OK) != 0) {
        throw error("file '" + name + "' cannot be read: " + std::strerror(errno) + "; check its permissions");
    }
    const guard lock;
    const property_list access = posix_access(); // lives on: closing it would clear the error stack
    const hid_t id = H5Fopen(name.c_str(), H5F_ACC_RDONLY, access);
    if (id < 0) {
        const std::string message = innermost_message();
        if (message.find("truncated") != std::string::npos) {
            throw error("file '" + name + "' is truncated, its end is missing (" + message + "); copy it again");
        }
        if (message.find("lock") != std::string::npos) {
            throw error(
                "file '" + name + "' is locked by a program that writes it (" + message +
                "); wait for that program, or set HDF5_USE_FILE_LOCKING=FALSE where the file system has no locks");
        }
        if (H5Fis_hdf5(name.c_str()) == 0) {
            throw error("file '" + name + "' is not an HDF5 file (" + std::to_string(status.st_size) +
                        " bytes without its signature); check the path, or convert it");
        }
        throw error("file '" + name + "' cannot be opened: H5Fopen failed: " + message);
    }
    return {id, "H5Fopen", name};
}

namespace detail {

/// Fewest insertions, deletions and replacements that turn a into b.
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t corner = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = corner + (a[i] == b[j] ? 0 : 1);
            corner = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace detail

/// Paths of the datasets below a group, each with `prefix` in front; at most `most`. Hold a `guard`.
[[nodiscard]] inline std::vector<std::string> dataset_paths(hid_t root, const std::string& prefix,
                                                            std::size_t most = 1000) {
    struct search {
        std::vector<std::string> found;
        const std::string& prefix;
        std::size_t most;
    } state{{}, prefix, most};
    const auto visit = [](hid_t base, const char* name, const H5L_info_t*, void* data) -> herr_t {
        auto& s = *static_cast<search*>(data);
        const hid_t id = H5Oopen(base, name, H5P_DEFAULT);
        if (id < 0) {
            return 0; // a link that leads nowhere
        }
        const bool is_dataset = H5Iget_type(id) == H5I_DATASET;
        H5Oclose(id);
        try {
            if (is_dataset) {
                s.found.push_back(s.prefix + name);
            }
        } catch (...) { // no exception may cross C code
            return -1;
        }
        return s.found.size() < s.most ? 0 : 1;
    };
    H5Lvisit(root, H5_INDEX_NAME, H5_ITER_NATIVE, visit, &state);
    return std::move(state.found);
}

/// Names in the order of likeness to `wanted`.
inline void sort_by_likeness(std::vector<std::string>& names, std::string_view wanted) {
    std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
        return detail::edit_distance(a, wanted) < detail::edit_distance(b, wanted);
    });
}

/// "/a, /b and 7 others".
[[nodiscard]] inline std::string listing(const std::vector<std::string>& names, std::size_t shown = 8) {
    std::string text;
    for (std::size_t k = 0; k < std::min(shown, names.size()); ++k) {
        text += (k == 0 ? "" : ", ") + names[k];
    }
    if (names.size() > shown) {
        text += " and " + std::to_string(names.size() - shown) + " others";
    }
    return text.empty() ? "no dataset" : text;
}

/// Opens a dataset. Throws `error` that says what is at that path instead, or lists the datasets of the file, the most
/// similar name first.
[[nodiscard]] inline dataset open_dataset(hid_t file, const std::string& file_name, const std::string& path,
                                          hid_t access = H5P_DEFAULT) {
    const guard lock;
    const std::string wanted = path.starts_with('/') ? path : "/" + path;
    const hid_t id = H5Oopen(file, wanted.c_str(), H5P_DEFAULT);
    if (id < 0) {
        auto names = dataset_paths(file, "/");
        sort_by_likeness(names, wanted);
        const bool alike = !names.empty() && detail::edit_distance(names[0], wanted) <= 2 + wanted.size() / 8;
        throw error("file '" + file_name + "' has no dataset '" + path + "'; " +
                    (alike ? "did you mean '" + names[0] + "'? " : "") + "It holds " + listing(names));
    }
    object found(id, "H5Oopen", wanted);
    switch (H5Iget_type(found)) {
    case H5I_DATASET:
        break;
    case H5I_GROUP:
        throw error("'" + address(file_name, path) + "' is a group, not a dataset; name a dataset below it: " +
                    listing(dataset_paths(found, wanted.ends_with('/') ? wanted : wanted + "/")));
    default:
        throw error("'" + address(file_name, path) + "' is a named type, not a dataset; name a dataset");
    }
    found.reset(); // a dataset that is open already would not heed `access`
    return {H5Dopen2(file, wanted.c_str(), access), "H5Dopen2", address(file_name, path)};
}

} // namespace distproc::h5
