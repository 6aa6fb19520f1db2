// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/posix_file.hpp>
#include <distproc/writer/chunk/encoded.hpp>

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
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

/// A file that records are appended to, one behind the other, by any number of threads. The destructor removes it.
class chunk_spool {
public:
    explicit chunk_spool(std::string path) : to_(posix_file::create(std::move(path))) {}
    chunk_spool(const chunk_spool&) = delete;
    chunk_spool& operator=(const chunk_spool&) = delete;
    ~chunk_spool() { ::unlink(to_.name().c_str()); }

    void append(std::span<const std::byte> record) { to_.write(end_.fetch_add(record.size()), record); }

private:
    posix_file to_;
    std::atomic<std::uint64_t> end_{0};
};

/// The records of a spool, in the order in which they lie.
[[nodiscard]] inline std::vector<spooled_chunk> read_spool(const posix_file& from) {
    std::vector<spooled_chunk> all;
    const std::uint64_t size = from.size();
    for (std::uint64_t at = 0; at + sizeof(chunk_head) <= size;) {
        spooled_chunk one;
        from.read(at, std::as_writable_bytes(std::span(&one.head, 1)));
        one.at = at + sizeof(chunk_head);
        at = one.at + one.head.bytes;
        all.push_back(one);
    }
    return all;
}

} // namespace distproc::detail
