// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>

namespace distproc::detail {

/// Throws `error`: "'fits.zarr/c/0' cannot be written: No space left on device; ..." with what helps.
[[noreturn]] inline void throw_system_error(const std::string& name, const std::string& what, int code) {
    std::string remedy;
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        remedy = "; free some space, or write to another place";
        break;
    case EMFILE: {
        struct rlimit most {};
        if (::getrlimit(RLIMIT_NOFILE, &most) == 0) {
            remedy = "; this process may open " + std::to_string(most.rlim_cur) + " files";
        }
        remedy += "; allow more (ulimit -n), or let fewer ranks write through node_gather";
        break;
    }
    case ENFILE:
        remedy = "; this machine has too many files open in all; let fewer ranks write through node_gather";
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        remedy = "; choose another place, or change the permissions";
        break;
    default:
        break;
    }
    throw error("'" + name + "' cannot be " + what + ": " + std::strerror(code) + remedy);
}

/// An open file that knows its name. Calls that fail throw `error`; the destructor closes.
class posix_file {
public:
    posix_file() = default;
    posix_file(posix_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)), name_(std::move(other.name_)) {}
    posix_file& operator=(posix_file&& other) noexcept {
        posix_file old(std::move(*this));
        fd_ = std::exchange(other.fd_, -1);
        name_ = std::move(other.name_);
        return *this;
    }
    ~posix_file() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    /// For reading; not valid where there is no such file.
    [[nodiscard]] static posix_file open_if_there(std::string name) {
        const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT && errno != ENOTDIR) {
            throw_system_error(name, "opened", errno);
        }
        return {fd, std::move(name)};
    }
    /// For writing and reading; empty, whether it was there or not.
    [[nodiscard]] static posix_file create(std::string name) {
        const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (fd < 0) {
            throw_system_error(name, "created", errno);
        }
        return {fd, std::move(name)};
    }

    [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    [[nodiscard]] std::uint64_t size() const {
        struct stat is {};
        if (::fstat(fd_, &is) != 0) {
            throw_system_error(name_, "read", errno);
        }
        if (!S_ISREG(is.st_mode)) {
            throw error("'" + name_ + "' is no regular file");
        }
        return static_cast<std::uint64_t>(is.st_size);
    }

    /// Writes two pieces, the second behind the first.
    void write(std::uint64_t at, std::span<const std::byte> first, std::span<const std::byte> second = {}) const {
        move(at, first, second, "written", ::pwritev);
    }
    /// Reads two pieces, the second behind the first.
    void read(std::uint64_t at, std::span<std::byte> first, std::span<std::byte> second = {}) const {
        move(at, first, second, "read", ::preadv);
    }

    /// Cuts the file off, as well as it can.
    void cut(std::uint64_t size) const noexcept { (void)!::ftruncate(fd_, static_cast<off_t>(size)); }

    /// Asks the system to begin writing to the disk, where it can be asked.
    void begin_sync() const noexcept {
#ifdef SYNC_FILE_RANGE_WRITE
        (void)::sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
    }
    void sync() const {
        if (::fdatasync(fd_) != 0 && errno != EINVAL && errno != EROFS) {
            throw_system_error(name_, "brought to the disk", errno);
        }
    }
    void close() {
        if (::close(std::exchange(fd_, -1)) != 0) {
            throw_system_error(name_, "closed", errno);
        }
    }

private:
    posix_file(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

    template <class Byte, class Call>
    void move(std::uint64_t at, std::span<Byte> first, std::span<Byte> second, const char* what, Call* call) const {
        while (!first.empty() || !second.empty()) {
            const auto piece = [](std::span<Byte> bytes) {
                return iovec{const_cast<std::byte*>(bytes.data()), bytes.size()};
            };
            const iovec pieces[2] = {piece(first), piece(second)};
            const ssize_t moved = call(fd_, pieces, 2, static_cast<off_t>(at));
            if (moved < 0 && errno == EINTR) {
                continue;
            }
            if (moved < 0) {
                throw_system_error(name_, what, errno);
            }
            if (moved == 0) {
                throw error("'" + name_ + "' ends early; it was cut, or is being written");
            }
            auto done = static_cast<std::size_t>(moved);
            at += done;
            const std::size_t of_first = done < first.size() ? done : first.size();
            first = first.subspan(of_first);
            second = second.subspan(done - of_first);
        }
    }

    int fd_ = -1;
    std::string name_;
};

} // namespace distproc::detail
