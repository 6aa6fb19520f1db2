// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/posix_file.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace distproc::zarr {

using distproc::detail::throw_system_error;
using file = distproc::detail::posix_file;

/// The text of a file. Throws `error` where it cannot be read, or holds more than `most` bytes.
[[nodiscard]] inline std::string read_text(const file& from, std::uint64_t most = std::uint64_t{256} << 20U) {
    const std::uint64_t bytes = from.size();
    if (bytes > most) {
        throw error("'" + from.name() + "' has " + std::to_string(bytes) + " bytes, too many for metadata of an array");
    }
    std::string text(static_cast<std::size_t>(bytes), '\0');
    from.read(0, std::as_writable_bytes(std::span(text)));
    return text;
}

/// Makes a folder unless it is there.
inline void make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
        throw_system_error(path, "created", errno);
    }
}

/// Gives a file another name, taking that of any other.
inline void rename_to(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        throw_system_error(from, "renamed to '" + to + "'", errno);
    }
}

/// Writes a file under a temporary name and gives it its own when it is durable, so that nobody sees half of it.
inline void write_durably(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".part";
    try {
        file made = file::create(temporary);
        made.write(0, std::as_bytes(std::span(text)));
        made.sync();
        made.close();
        rename_to(temporary, path);
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

} // namespace distproc::zarr
