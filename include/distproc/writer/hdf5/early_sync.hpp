// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>

namespace distproc::detail {

/// Lets the system bring a file to the disk while it is still being written, every some MiB, so that little is left to
/// wait for at the end. A hint: where it cannot be given nothing happens.
class early_sync {
public:
    early_sync() = default;
    early_sync(early_sync&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), waiting_(std::exchange(other.waiting_, 0)) {}
    early_sync& operator=(early_sync&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(waiting_, other.waiting_);
        return *this;
    }
    ~early_sync() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    /// So many bytes were written to the file. Always the same file.
    void wrote(const std::string& file, std::size_t bytes) noexcept {
        waiting_ += bytes;
        if (waiting_ < step_bytes) {
            return;
        }
        waiting_ = 0;
#ifdef SYNC_FILE_RANGE_WRITE
        if (descriptor_ < 0) {
            descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        }
        if (descriptor_ >= 0) {
            (void)::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
        }
#endif
    }

private:
    static constexpr std::size_t step_bytes = std::size_t{32} << 20U;

    int descriptor_ = -1;
    std::size_t waiting_ = 0;
};

} // namespace distproc::detail
