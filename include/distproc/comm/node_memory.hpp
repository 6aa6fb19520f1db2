// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/collectives.hpp>
#include <distproc/core/descriptor.hpp>
#include <distproc/core/error.hpp>

#include <fcntl.h>
#include <mpi.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

namespace distproc {

namespace detail {

/// A mapping that unmaps itself.
class mapping {
public:
    mapping() = default;
    /// Maps a descriptor, or private zeroes where there is none. Throws `error`.
    mapping(const descriptor& file, std::size_t bytes) : bytes_(bytes) {
        const int kind = file.get() < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
        void* start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind, file.get(), 0);
        if (start == MAP_FAILED) {
            const int code = errno;
            throw error("cannot map " + std::to_string(bytes) +
                        " bytes of memory for the ranks of a node: " + std::generic_category().message(code));
        }
        data_ = static_cast<std::byte*>(start);
    }
    mapping(mapping&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    mapping& operator=(mapping&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~mapping() {
        if (data_ != nullptr) {
            ::munmap(data_, bytes_);
        }
    }
    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

private:
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
};

/// A name under /dev/shm that nobody else has.
inline std::string new_memory_name() {
    static std::atomic<unsigned> count{0};
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    return "/distproc-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + "-" + std::to_string(now);
}

/// Makes shared memory that really has its bytes. Throws `error` where there is not enough.
inline descriptor make_shared_file(const std::string& name, std::size_t bytes) {
    descriptor file(::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.get() < 0) {
        const int code = errno;
        throw error("cannot make memory that the ranks of a node share (shm_open): " +
                    std::generic_category().message(code) + "; /dev/shm must exist and be writable");
    }
    int code = EINTR;
    while (code == EINTR) {
        code = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
    }
    if (code != 0) {
        ::shm_unlink(name.c_str());
        throw error("the ranks of a node need " + std::to_string(bytes) +
                    " bytes of shared memory, and /dev/shm gives: " + std::generic_category().message(code) +
                    "; make it larger (docker --shm-size, mount -o remount,size=...) or ask for smaller buffers");
    }
    return file;
}

inline descriptor open_shared_file(const std::string& name) {
    descriptor file(::shm_open(name.c_str(), O_RDWR | O_CLOEXEC, 0));
    if (file.get() < 0) {
        const int code = errno;
        throw error("cannot open the memory that another rank of this node made (shm_open " + name + "): " +
                    std::generic_category().message(code) + "; ranks that MPI puts on one node must see one /dev/shm");
    }
    return file;
}

} // namespace detail

/// Zeroed, page-aligned memory that the ranks of a node share. Its name is gone before anybody gets it, so a killed
/// process leaves nothing behind; freeing it is local. Of one rank alone it is that process's own memory.
class node_memory {
public:
    /// Collective over `node`, a communicator of ranks that share memory. Throws the same `error` on all its ranks
    /// where one of them cannot have the memory. One broadcast and one gather of a few bytes.
    node_memory(MPI_Comm node, std::size_t bytes) {
        bytes = bytes == 0 ? 1 : bytes;
        if (detail::size_of(node) == 1) {
            map_ = detail::mapping(detail::descriptor(), bytes);
            return;
        }
        const bool leader = detail::rank_in(node) == 0;
        std::string problem;
        std::string name;
        detail::descriptor file;
        const auto attempt = [&](auto&& step) {
            try {
                step();
            } catch (const std::exception& failed) {
                problem = failed.what();
            }
        };
        if (leader) {
            attempt([&] {
                const std::string wanted = detail::new_memory_name();
                file = detail::make_shared_file(wanted, bytes);
                name = wanted;
                map_ = detail::mapping(file, bytes);
            });
        }
        const std::string shared_name = detail::broadcast_text(node, name, 0); // empty where the leader failed
        if (!leader && !shared_name.empty()) {
            attempt([&] { map_ = detail::mapping(detail::open_shared_file(shared_name), bytes); });
        }
        const auto problems = detail::gather_texts(node, problem);
        if (!name.empty()) {
            ::shm_unlink(name.c_str());
        }
        for (const std::string& text : problems) {
            if (!text.empty()) {
                throw error(text);
            }
        }
    }

    [[nodiscard]] std::byte* data() const noexcept { return map_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return map_.size(); }

private:
    detail::mapping map_;
};

} // namespace distproc
