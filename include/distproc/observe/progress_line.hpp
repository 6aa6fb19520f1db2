// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/observer.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <mutex>

namespace distproc {

/// Shows percent, rate and time left on standard error: one line rewritten twice a second where that is a terminal, a
/// new line every 10 % where it is not. Runs of less than half a second say nothing. An observer; `execute` makes one
/// on rank 0 unless `options::show` is off.
class progress_line {
public:
    explicit progress_line(bool shown, std::FILE* to = stderr) : shown_(shown), to_(to) {
        terminal_ = shown_ && ::isatty(::fileno(to)) == 1;
    }

    void started(const run_start& start) noexcept {
        before_ = start.what == nullptr ? 0 : start.what->grid.item_count() - start.items;
        total_ = before_ + start.items;
        begin_ = clock::now();
    }
    void computed(const block_event& block) noexcept { show(before_ + block.items_done); }
    void waiting(std::size_t items_done) noexcept { show(before_ + items_done); }
    void ended(std::size_t items_done) noexcept {
        if (shown_ && terminal_ && written_) {
            print(before_ + items_done);
            std::fputc('\n', to_);
        }
    }

private:
    using clock = std::chrono::steady_clock;

    void show(std::size_t done) noexcept {
        if (!shown_ || total_ == 0) {
            return;
        }
        const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begin_).count();
        if (now < next_ms_.load(std::memory_order_relaxed) ||
            (!terminal_ && done * 10 / total_ <= tenths_.load(std::memory_order_relaxed))) {
            return;
        }
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock.owns_lock()) {
            return;
        }
        next_ms_ = terminal_ ? now + 500 : now;
        tenths_ = done * 10 / total_;
        print(done);
    }

    void print(std::size_t done) noexcept {
        const double seconds = std::chrono::duration<double>(clock::now() - begin_).count();
        const double rate = seconds > 0 ? static_cast<double>(done - before_) / seconds : 0;
        const double left = rate > 0 ? static_cast<double>(total_ - (done < total_ ? done : total_)) / rate : 0;
        std::fprintf(to_, "%s%3.0f %%  %zu of %zu items  %.3g items/s  %.0f s left%s", terminal_ ? "\r" : "",
                     100 * static_cast<double>(done) / static_cast<double>(total_), done, total_, rate, left,
                     terminal_ ? "   " : "\n");
        std::fflush(to_);
        written_ = true;
    }

    bool shown_;
    bool terminal_ = false;
    bool written_ = false;
    std::FILE* to_;
    std::size_t total_ = 0;
    std::size_t before_ = 0; ///< done by earlier runs
    clock::time_point begin_ = clock::now();
    std::atomic<std::int64_t> next_ms_{500};
    std::atomic<std::size_t> tenths_{0};
    std::mutex mutex_;
};

static_assert(observer<progress_line>);

} // namespace distproc
