// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/run_flags.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/node_gather/ring.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Where the frames of a node go: to the session of this rank, or to the rank that writes for this node.
struct gather_route {
    std::size_t writer = 0;       ///< rank that writes
    std::size_t nodes_coming = 0; ///< nodes that send their frames to this rank
    std::size_t session = 0;      ///< number of the run; frames of others are dropped
};

/// The thread of a node's leader that empties the rings: into the inner session, or to the writer's node in messages of
/// about 4 MiB, one at a time. Where that session takes records, a frame is one. It goes on after an error, throwing
/// results away, so that nobody waits for room for ever.
template <class Result, class Inner, team Team>
class gather_drain {
public:
    /// `inner`: null where the frames go to another rank.
    gather_drain(Team ranks, gather_rings rings, Inner* inner, gather_route route, std::size_t per_item)
        : ranks_(std::move(ranks)), rings_(rings), inner_(inner), route_(route), per_item_(per_item),
          coming_(route.nodes_coming), thread_([this] { run(); }) {}

    gather_drain(const gather_drain&) = delete;
    gather_drain& operator=(const gather_drain&) = delete;

    /// Without `join` what is in the rings is lost.
    ~gather_drain() {
        if (thread_.joinable()) {
            quit_ = true;
            rings_.bell().ring();
            thread_.join();
        }
    }

    /// Before the first frame: who is told of an error; until `join`.
    void watch(run_flags& flags) noexcept { flags_ = &flags; }

    /// Returns when all ranks that this one serves have finished and all is written; what went wrong, or null.
    [[nodiscard]] std::exception_ptr join() {
        thread_.join();
        flags_ = nullptr;
        return problem_;
    }

    /// Bytes sent to other nodes; after `join`.
    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

private:
    static constexpr bool takes_records =
        requires(Inner & inner, std::span<const std::byte> record) { inner.write_record(record); };
    static constexpr std::size_t message_bytes = std::size_t{4} << 20U;

    void run() noexcept {
        while (!quit_) {
            bool moved = false;
            for (std::size_t r = 0; r < rings_.count(); ++r) {
                moved = empty(rings_.ring(r)) || moved;
            }
            moved = (coming_ != 0 && receive()) || moved;
            if (!moved) {
                if (coming_ == 0 && all_over()) {
                    break;
                }
                sleep();
            }
        }
        if (inner_ == nullptr && !quit_) {
            say_finished();
        }
    }

    [[nodiscard]] bool all_over() const noexcept {
        for (std::size_t r = 0; r < rings_.count(); ++r) {
            if (!rings_.ring(r).over()) {
                return false;
            }
        }
        return true;
    }

    bool empty(gather_ring& ring) noexcept {
        std::span<std::byte> frames = ring.frames(message_bytes);
        if (frames.empty()) {
            return false;
        }
        if (inner_ == nullptr) {
            guarded([&] { forward(frames); });
            ring.release(frames.size());
            return true;
        }
        while (!frames.empty()) {
            const std::size_t step = take_frame(frames.data());
            ring.release(step);
            frames = frames.subspan(step);
        }
        return true;
    }

    // Hands the results of one frame to the inner session; returns the bytes to the next frame.
    std::size_t take_frame(const std::byte* at) noexcept {
        frame_head head;
        std::memcpy(static_cast<void*>(&head), at, sizeof head);
        if (head.count != 0) {
            guarded([&] {
                const std::byte* results = at + sizeof head;
                if constexpr (leaves_out<Inner>) {
                    if (head.step == sizeof head) {
                        inner_->skip(head.first, head.count);
                        return;
                    }
                }
                if constexpr (takes_records) {
                    inner_->write_record({results, head.count});
                    return;
                }
                const std::size_t values = head.count * per_item_;
                if (reinterpret_cast<std::uintptr_t>(results) % alignof(Result) != 0) {
                    aligned_.grow(values * sizeof(Result));
                    std::memcpy(aligned_.data(), results, values * sizeof(Result));
                    results = aligned_.data();
                }
                const auto* first = std::launder(reinterpret_cast<const Result*>(results));
                inner_->write(head.first, std::span<const Result>(first, values));
            });
        }
        return head.step;
    }

    void forward(std::span<std::byte> frames) {
        reinterpret_cast<frame_head*>(frames.data())->session = route_.session;
        if (ranks_.send(route_.writer, frames, [this] { return quit_.load(); })) {
            sent_ += frames.size();
        }
    }

    // A node that cannot say that it has finished would leave the writer waiting: then the program ends here.
    void say_finished() noexcept {
        frame_head head;
        head.session = route_.session;
        (void)ranks_.send(route_.writer, std::as_bytes(std::span(&head, 1)), [this] { return quit_.load(); });
    }

    // A message that is lost may be a node's last word: where taking one fails, the program ends here too.
    bool receive() noexcept {
        if (!ranks_.receive(message_)) {
            return false;
        }
        frame_head head;
        std::memcpy(static_cast<void*>(&head), message_.data(), sizeof head);
        if (head.session != route_.session) {
            return true;
        }
        if (head.step == 0) { // the last word of that node
            --coming_;
            return true;
        }
        for (std::size_t at = 0; at < message_.size();) {
            at += take_frame(message_.data() + at);
        }
        return true;
    }

    // After the first error nothing is done any more but emptying the rings and counting who has finished.
    template <class Step>
    void guarded(Step&& step) noexcept {
        if (problem_) {
            return;
        }
        try {
            step();
        } catch (...) {
            problem_ = std::current_exception();
            if (run_flags* flags = flags_) {
                flags->request(stop_cause::failed);
            }
        }
    }

    void sleep() noexcept {
        if constexpr (requires { inner_->commit_if_due(); }) {
            if (inner_ != nullptr) {
                guarded([&] { inner_->commit_if_due(); });
            }
        }
        gather_bell& bell = rings_.bell();
        bell.sleeps = 1;
        bool news = quit_ || (coming_ == 0 && all_over());
        for (std::size_t r = 0; r < rings_.count() && !news; ++r) {
            news = rings_.ring(r).has_news();
        }
        if (!news) { // messages ring no bell
            sleep_on(bell.news, std::chrono::milliseconds(coming_ != 0 ? 1 : 100));
        }
    }

    Team ranks_;
    gather_rings rings_;
    Inner* inner_;
    gather_route route_;
    std::size_t per_item_;
    std::size_t coming_;
    std::size_t sent_ = 0;
    std::vector<std::byte> message_;
    aligned_buffer aligned_;
    std::exception_ptr problem_;
    std::atomic<run_flags*> flags_{nullptr};
    std::atomic<bool> quit_{false};
    std::thread thread_; // last: it uses all of the above
};

} // namespace distproc::detail
