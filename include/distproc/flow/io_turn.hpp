// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace distproc::detail {

/// Whose turn it is to use the session of a rank, or a source that must not be read meanwhile.
class io_turn {
public:
    enum class use : unsigned char { nobody, reads, writes };

    void take(use what) {
        std::unique_lock lock(mutex_);
        free_.wait(lock, [this] { return now_ == use::nobody; });
        now_ = what;
    }
    /// To write: waits for others who write, but for one who reads no longer than `patience`; false where that goes on.
    [[nodiscard]] bool take_to_write(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        while (!free_.wait_for(lock, patience, [this] { return now_ == use::nobody; })) {
            if (now_ == use::reads) {
                return false;
            }
        }
        now_ = use::writes;
        return true;
    }
    void give() noexcept {
        {
            const std::scoped_lock lock(mutex_);
            now_ = use::nobody;
        }
        free_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable free_;
    use now_ = use::nobody;
};

/// Gives a turn back at the end of a scope; none where it is null.
class io_turn_scope {
public:
    explicit io_turn_scope(io_turn* turn) noexcept : turn_(turn) {}
    io_turn_scope(const io_turn_scope&) = delete;
    io_turn_scope& operator=(const io_turn_scope&) = delete;
    ~io_turn_scope() {
        if (turn_ != nullptr) {
            turn_->give();
        }
    }

private:
    io_turn* turn_;
};

} // namespace distproc::detail
