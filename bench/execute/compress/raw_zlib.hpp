// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// As one writes by hand: fill a chunk, deflate it, append it to a file.
#pragma once

#include "compress.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace compressing {

inline void need(bool well, const char* call) {
    if (!well) {
        std::perror(call);
        std::abort();
    }
}

class raw_output {
public:
    explicit raw_output(const std::string& path) : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666)) {
        need(fd_ >= 0, "open");
    }
    void append(const unsigned char* from, std::size_t bytes) {
        const auto at = static_cast<off_t>(end_.fetch_add(bytes));
        need(::pwrite(fd_, from, bytes, at) == static_cast<ssize_t>(bytes), "pwrite");
    }
    void end() { need(::fdatasync(fd_) == 0 && ::close(fd_) == 0, "fdatasync"); }

private:
    int fd_;
    std::atomic<std::size_t> end_{0};
};

/// One for each thread.
class raw_chunk {
public:
    raw_chunk() {
        need(deflateInit(&stream_, level) == Z_OK, "deflateInit");
        packed_.resize(deflateBound(&stream_, chunk_items * item_bytes));
    }
    raw_chunk(const raw_chunk&) = delete;
    raw_chunk& operator=(const raw_chunk&) = delete;
    ~raw_chunk() { deflateEnd(&stream_); }

    void operator()(const target& to, std::size_t first, raw_output& out) {
        const std::size_t items = std::min(chunk_items, to.items - first);
        for (std::size_t k = 0; k < items; ++k) {
            fill(first + k, std::span(values_).subspan(k * item_values, item_values));
        }
        deflateReset(&stream_);
        stream_.next_in = reinterpret_cast<unsigned char*>(values_.data());
        stream_.avail_in = static_cast<unsigned>(items * item_bytes);
        stream_.next_out = packed_.data();
        stream_.avail_out = static_cast<unsigned>(packed_.size());
        need(deflate(&stream_, Z_FINISH) == Z_STREAM_END, "deflate");
        out.append(packed_.data(), packed_.size() - stream_.avail_out);
    }

private:
    z_stream stream_{};
    std::vector<double> values_ = std::vector<double>(chunk_items * item_values);
    std::vector<unsigned char> packed_;
};

} // namespace compressing
