// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/posix_file.hpp>
#include <distproc/writer/chunk/encoded.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Where a record lies in a spool.
struct spooled_chunk {
    chunk_head head;
    std::uint64_t at = 0; ///< of the encoded chunk, bytes
};

/// A file that records are appended to, one behind the other, by any number of threads; whole ones only, also where the
/// disk is full. The destructor removes it.
class chunk_spool {
public:
    explicit chunk_spool(std::string path) : to_(posix_file::create(std::move(path))) {}
    chunk_spool(const chunk_spool&) = delete;
    chunk_spool& operator=(const chunk_spool&) = delete;
    ~chunk_spool() { ::unlink(to_.name().c_str()); }

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

private:
    posix_file to_;
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
    [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }

private:
    static constexpr std::size_t most_open = 256;
    const std::vector<spool_of_output>& spools_;
    std::vector<posix_file> files_;
    std::size_t open_ = 0;
};

/// The records of a spool of `size` bytes, in the order in which they lie.
[[nodiscard]] inline std::vector<spooled_chunk> read_spool(const posix_file& from, std::uint64_t size) {
    std::vector<spooled_chunk> all;
    for (std::uint64_t at = 0; at < size;) {
        spooled_chunk one;
        from.read(at, std::as_writable_bytes(std::span(&one.head, 1)));
        one.at = at + sizeof(chunk_head);
        at = one.at + one.head.bytes;
        all.push_back(one);
    }
    return all;
}

} // namespace distproc::detail
