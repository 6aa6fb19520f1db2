// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/source/concepts.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace distproc::detail {

/// One block in flight: its items, what was read for them, and their results.
template <class Result>
struct block_slot {
    std::vector<index_range> runs;
    std::vector<bool> placed;         ///< for each run: its results are where they belong already
    std::vector<index_range> skipped; ///< items with a mark in place of a result; for sessions that leave them out
    std::size_t items = 0;
    std::size_t computed = 0; ///< results there are, from the first item on
    staging stage;

    void clear() noexcept {
        runs.clear();
        items = 0;
        computed = 0;
    }
    void add(index_range run) {
        items += run.size();
        if (!runs.empty() && runs.back().last == run.first) {
            runs.back().last = run.last;
        } else {
            runs.push_back(run);
        }
    }
    void reserve_input(std::size_t bytes) {
        input_.grow(bytes);
        stage = {input_.data(), items};
    }
    Result* reserve_output(std::size_t results) {
        output_.grow(results * sizeof(Result));
        return output();
    }
    [[nodiscard]] Result* output() noexcept { return reinterpret_cast<Result*>(output_.data()); }

private:
    aligned_buffer input_;
    aligned_buffer output_;
};

/// Blocks on their way between the I/O lanes and the workers of a rank. There is a fixed number of them, so that memory
/// is bounded: who wants one more waits. Slots go free -> (lane reads) ready -> (worker) computed -> (lane writes)
/// free; or free -> (worker reads and computes) computed. Where workers write, a slot is free again as soon as its
/// worker is done with it.
template <class Slot>
class slot_exchange {
public:
    explicit slot_exchange(std::size_t slots) : slots_(slots) {
        for (Slot& s : slots_) {
            free_.push_back(&s);
        }
    }

    // For the lane.
    [[nodiscard]] Slot* try_free() { return take(free_); }
    [[nodiscard]] Slot* try_computed() { return take(computed_); }
    void put_free(Slot* s) { give_back(s, false); }
    void put_ready(Slot* s) {
        put(ready_, s);
        for_workers_.notify_one();
    }
    [[nodiscard]] std::size_t ready_count() {
        const std::scoped_lock lock(mutex_);
        return ready_.size();
    }
    /// No further block will become ready.
    void end_input() {
        {
            const std::scoped_lock lock(mutex_);
            input_over_ = true;
            news_ = true;
        }
        for_workers_.notify_all();
        for_lane_.notify_one();
    }
    /// Whether all is over: every slot is free, or no worker is left that could use one.
    [[nodiscard]] bool drained() {
        const std::scoped_lock lock(mutex_);
        return (input_over_ && free_.size() == slots_.size()) || (workers_left_ && computed_.empty());
    }
    /// Waits until a worker has done something, at most 1 ms (more work may come from other ranks).
    void wait_for_work() {
        std::unique_lock lock(mutex_);
        for_lane_.wait_for(lock, std::chrono::milliseconds(1), [&] { return news_ || !computed_.empty(); });
        news_ = false;
    }
    /// Waits until a worker has asked for the lane since this last returned, or none is left; nothing else disturbs it.
    void rest() {
        std::unique_lock lock(mutex_);
        resting_ = true;
        for_lane_.wait(lock, [&] { return lane_wanted_ || workers_left_; });
        resting_ = false;
        lane_wanted_ = false;
    }

    // For a lane that reads while another one writes.
    /// A slot to read into, once fewer than `most` wait for workers; null where there is none for 1 ms.
    [[nodiscard]] Slot* wait_free(std::size_t most) {
        std::unique_lock lock(mutex_);
        const auto room = [&] { return !free_.empty() && ready_.size() < most; };
        for_reader_.wait_for(lock, std::chrono::milliseconds(1), [&] { return workers_left_ || room(); });
        if (!room()) {
            return nullptr;
        }
        Slot* s = free_.front();
        free_.pop_front();
        return s;
    }
    /// Whether no worker is left that could use a block.
    [[nodiscard]] bool abandoned() {
        const std::scoped_lock lock(mutex_);
        return workers_left_;
    }

    // For workers.
    /// What a worker finds: a block to compute, or a free slot to read one into; null where there will be no more.
    struct found {
        Slot* slot;
        bool ready;
    };
    /// The next block to compute; null where there will be no more.
    [[nodiscard]] Slot* wait_ready() {
        std::unique_lock lock(mutex_);
        for_workers_.wait(lock, [&] { return !ready_.empty() || input_over_; });
        return take_ready(std::move(lock));
    }
    /// The next block to compute, or, where none is ready, a free slot.
    [[nodiscard]] found wait_ready_or_free() {
        std::unique_lock lock(mutex_);
        ++wanting_free_;
        for_workers_.wait(lock, [&] { return !ready_.empty() || input_over_ || !free_.empty(); });
        --wanting_free_;
        if (!ready_.empty() || input_over_) {
            return {take_ready(std::move(lock)), true};
        }
        Slot* s = free_.front();
        free_.pop_front();
        return {s, false};
    }
    void put_computed(Slot* s) {
        put(computed_, s);
        for_lane_.notify_one();
    }
    /// Takes back a block whose results its worker has written. It is free at once, without the lane, which may be busy
    /// reading for long.
    void put_done(Slot* s) { give_back(s, true); }
    /// The lane is not to `rest`.
    void ask_for_lane() {
        {
            const std::scoped_lock lock(mutex_);
            lane_wanted_ = true;
        }
        for_lane_.notify_one();
    }
    /// All workers have returned, whatever made them.
    void workers_left() {
        {
            const std::scoped_lock lock(mutex_);
            workers_left_ = true;
            news_ = true;
        }
        for_lane_.notify_one();
        for_reader_.notify_one();
    }

private:
    /// `news`: for a lane that waits for work.
    void give_back(Slot* s, bool news) {
        bool wanted = false;
        bool resting = false;
        {
            const std::scoped_lock lock(mutex_);
            free_.push_front(s); // the next to be used: the caches still have it
            wanted = wanting_free_ != 0;
            news_ = news_ || news;
            resting = resting_;
        }
        if (news && !resting) {
            for_lane_.notify_one();
        }
        for_reader_.notify_one();
        if (wanted) {
            for_workers_.notify_all(); // others wait there for ready ones alone
        }
    }
    Slot* take_ready(std::unique_lock<std::mutex> lock) {
        if (ready_.empty()) {
            return nullptr;
        }
        Slot* s = ready_.front();
        ready_.pop_front();
        news_ = true;
        const bool resting = resting_;
        lock.unlock();
        if (!resting) {
            for_lane_.notify_one();
        }
        for_reader_.notify_one();
        return s;
    }
    Slot* take(std::deque<Slot*>& from) {
        const std::scoped_lock lock(mutex_);
        if (from.empty()) {
            return nullptr;
        }
        Slot* s = from.front();
        from.pop_front();
        return s;
    }
    void put(std::deque<Slot*>& to, Slot* s) {
        const std::scoped_lock lock(mutex_);
        to.push_back(s);
    }

    std::vector<Slot> slots_;
    std::mutex mutex_;
    std::condition_variable for_lane_;
    std::condition_variable for_reader_;
    std::condition_variable for_workers_;
    std::deque<Slot*> free_;
    std::deque<Slot*> ready_;
    std::deque<Slot*> computed_;
    std::size_t wanting_free_ = 0; ///< workers that wait for a free slot too
    bool input_over_ = false;
    bool workers_left_ = false;
    bool news_ = false;
    bool resting_ = false;
    bool lane_wanted_ = false;
};

} // namespace distproc::detail
