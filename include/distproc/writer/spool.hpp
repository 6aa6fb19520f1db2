// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/posix_file.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

// Files beside an output in which writing ranks keep, until one of them joins the output, what has no place in it yet.

namespace distproc::detail {

/// A file that records are appended to, one behind the other, by any number of threads; whole ones only, also where the
/// disk is full. A record is a head with a member `bytes`, and so many bytes behind it. The destructor removes the
/// file, unless it is to be kept.
class spool {
public:
    explicit spool(std::string path) : to_(posix_file::create(std::move(path))) {}
    spool(const spool&) = delete;
    spool& operator=(const spool&) = delete;
    ~spool() {
        if (!kept_) {
            ::unlink(to_.name().c_str());
        }
    }

    void append(std::span<const std::byte> record) {
        const std::scoped_lock lock(mutex_);
        try {
            to_.write(end_, record);
        } catch (...) {
            to_.cut(end_);
            throw;
        }
        end_ += record.size();
    }
    /// After the last record: lets other nodes see the file (network file systems keep what is written until then).
    void close() { to_.close(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return end_; }
    /// What is in it is nowhere else.
    void keep() noexcept { kept_ = true; }

private:
    posix_file to_;
    bool kept_ = false;
    std::mutex mutex_;
    std::uint64_t end_ = 0;
};

/// The spool of one rank, seen from another.
struct spool_of_output {
    std::string path;
    std::uint64_t bytes = 0; ///< that were written
};

/// Reads spools, however many, with no more than some hundred files open.
class spool_files {
public:
    explicit spool_files(const std::vector<spool_of_output>& spools) : spools_(spools), files_(spools.size()) {}

    /// Throws `error` where the file is not there, or not as long as it was written.
    [[nodiscard]] const posix_file& operator[](std::size_t k) {
        if (!files_[k].valid()) {
            if (open_ == most_open) {
                files_ = std::vector<posix_file>(files_.size());
                open_ = 0;
            }
            posix_file file = posix_file::open_if_there(spools_[k].path);
            if (!file.valid() || file.size() < spools_[k].bytes) {
                throw error("'" + spools_[k].path +
                            "' is not to be seen whole from the process that joins the output; the output must be on "
                            "a file system that all ranks share");
            }
            files_[k] = std::move(file);
            ++open_;
        }
        return files_[k];
    }

private:
    static constexpr std::size_t most_open = 256;
    const std::vector<spool_of_output>& spools_;
    std::vector<posix_file> files_;
    std::size_t open_ = 0;
};

/// Calls `use(head, at)` for the records of a spool of `size` bytes, in the order in which they lie; `at` is the place
/// of the bytes behind the head.
template <class Head, class Use>
void for_each_spooled(const posix_file& from, std::uint64_t size, Use&& use) {
    for (std::uint64_t at = 0; at < size;) {
        Head head;
        from.read(at, std::as_writable_bytes(std::span(&head, 1)));
        at += sizeof(Head);
        use(head, at);
        at += head.bytes;
    }
}

} // namespace distproc::detail
