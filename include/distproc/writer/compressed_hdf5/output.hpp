// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/compression.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/posix_file.hpp>
#include <distproc/writer/chunk/encoded.hpp>
#include <distproc/writer/compressed_hdf5/filters.hpp>
#include <distproc/writer/compressed_hdf5/layout.hpp>
#include <distproc/writer/compressed_hdf5/part.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/temporary.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace distproc {

/// Where a chunked output goes: all into one file, or into one for each writing rank, joined by a virtual dataset.
enum class hdf5_files : unsigned char { one, per_writer };

namespace detail {

/// What `compressed_hdf5_writer` was told beyond `hdf5_writer`.
struct chunked_wishes {
    distproc::compression compression;
    hdf5_files files = hdf5_files::one;
    shape chunk;
};

using hdf5_encoder = chunk_encoder<hdf5_filters>;

[[nodiscard]] inline hdf5_encoder make_hdf5_encoder(const hdf5_target& target, const plan& what, const compression& how,
                                                    const shape& chunk) {
    check(how);
    const chunked_layout layout = layout_of_chunks(target, what, chunk);
    return {hdf5_filters(how, layout), what.result, layout.columns(what.result)};
}

/// Creates the file of all chunks, without any chunk yet.
inline void create_chunked(const hdf5_target& target, const plan& what, const chunked_layout& layout,
                           const hdf5_filters& filters, const std::string& file_name) {
    hdf5_creation(target, what, file_name,
                  [&](hid_t creation, std::size_t column, const std::string& path, const shape& extents) {
                      if (volume(layout.items) == 0) { // a chunk is at least one item
                          store_contiguous(creation, column, path, extents);
                          return;
                      }
                      shape chunk = layout.datasets[column].chunk;
                      const shape& inner = layout.datasets[column].member.extents;
                      chunk.insert(chunk.end(), inner.begin(), inner.end());
                      filters.set(creation, column, path, chunk);
                  })
        .run();
}

/// Creates the file that makes one dataset of those in the parts.
inline void create_virtual(const hdf5_target& target, const plan& what, const chunked_layout& layout,
                           const std::vector<part_of_output>& parts, const std::string& file_name) {
    const bool empty = volume(layout.items) == 0;
    hdf5_creation(target, what, file_name,
                  empty ? hdf5_storage(store_contiguous) : hdf5_storage(virtual_storage(layout, parts)),
                  empty ? H5F_LIBVER_V18 : H5F_LIBVER_LATEST) // virtual datasets are new in 1.10
        .run();
}

/// The folder of the parts of an output.
[[nodiscard]] inline std::string parts_folder(const std::string& file) { return file + ".parts"; }

/// The parts of an earlier run. Throws `error` where they may not be replaced, or other files are among them.
[[nodiscard]] inline std::vector<std::filesystem::path> old_parts(const hdf5_target& target) {
    const std::string folder = parts_folder(target.file);
    std::vector<std::filesystem::path> old;
    struct stat is {};
    if (::lstat(folder.c_str(), &is) != 0) {
        return old;
    }
    if (!S_ISDIR(is.st_mode)) {
        throw error("'" + folder +
                    "', where the parts of the output go, exists and is no directory; move it away, or " +
                    "name another file");
    }
    for (const auto& each : std::filesystem::directory_iterator(folder)) {
        const std::string name = each.path().filename().string();
        const std::string rest = name.substr(std::min(name.size(), name.find_first_not_of("0123456789")));
        if (!each.is_regular_file() || rest.size() == name.size() || (rest != ".h5" && rest != ".h5.part")) {
            throw error("'" + folder + "' holds '" + name +
                        "', which is no part of an output; move it away, or name another file");
        }
        old.push_back(each.path());
    }
    if (!target.replace && !old.empty()) { // an empty folder is no loss
        throw error("'" + folder + "', where the parts of the output go, exists; set replace = true of the writer to " +
                    "overwrite them, or name another file");
    }
    return old;
}

/// Makes the folder of the parts, or empties it of the old ones; the output that was made of those goes first, for it
/// would read as zeros. One process.
inline void prepare_parts(const hdf5_target& target, const std::vector<std::filesystem::path>& old) {
    const std::string folder = parts_folder(target.file);
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
        throw_system_error(folder, "created", errno);
    }
    if (!old.empty() && ::unlink(target.file.c_str()) != 0 && errno != ENOENT) {
        throw_system_error(target.file, "removed", errno);
    }
    for (const auto& each : old) {
        std::filesystem::remove(each);
    }
}

} // namespace detail
} // namespace distproc
