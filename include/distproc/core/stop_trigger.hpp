// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/signal_listener.hpp>
#include <distproc/core/walltime.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace distproc {

/// When a `stop_trigger` asks to stop: at the first of these.
struct stop_conditions {
    std::vector<int> signals{};                  ///< any of these, such as SIGINT, SIGTERM, SIGUSR1
    std::optional<std::chrono::seconds> after{}; ///< so long after the trigger was made
    /// So long before Slurm ends the job; without a limit of Slurm, never. Leave time for the items in hand and for
    /// closing the output.
    std::optional<std::chrono::seconds> before_walltime{};
};

/// Asks a run to stop on a signal or in time:
///
///     distproc::stop_trigger stop({.signals = {SIGTERM, SIGUSR1}, .before_walltime = 2min});
///     execute(..., distproc::options{.stop = stop.token()});
///
/// Workers finish their items, everything is written, and the report's exit code is 75. One rank's trigger is enough; a
/// batch system or mpirun may send the signal to any of them. It acts from when it is made until it goes, on each run
/// that has its token; runs with triggers of their own are stopped one by one. A second signal does no more than the
/// first.
///
/// A thread looks for signals 20 times a second; handlers only count. Handlers that were there before are called too,
/// and are restored in the end. Throws `error` where a signal cannot be caught.
class stop_trigger {
public:
    explicit stop_trigger(const stop_conditions& when) {
        const auto now = std::chrono::steady_clock::now();
        if (when.after) {
            end_ = now + *when.after;
            why_end_ = "the time limit of " + std::to_string(when.after->count()) + " s has been reached";
        }
        if (when.before_walltime) {
            if (const auto left = walltime_left(); left && (!end_ || now + *left - *when.before_walltime < *end_)) {
                end_ = now + *left - *when.before_walltime;
                why_end_ = std::to_string(when.before_walltime->count()) + " s before the end of the Slurm job";
            }
        }
        for (const int number : when.signals) {
            listeners_.emplace_back(number);
        }
        if (end_ || !listeners_.empty()) {
            watching_ = std::jthread([this](const std::stop_token& over) { watch(over); });
        }
    }
    stop_trigger(const stop_trigger&) = delete;
    stop_trigger& operator=(const stop_trigger&) = delete;
    ~stop_trigger() = default;

    /// For `options::stop`.
    [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }
    /// Why it asks to stop: "SIGTERM has come"; empty while it does not, and on ranks whose own trigger does not.
    [[nodiscard]] std::string reason() const {
        const std::scoped_lock lock(mutex_);
        return reason_;
    }

private:
    static constexpr std::chrono::milliseconds between_looks{50};

    void watch(const std::stop_token& over) {
        std::unique_lock lock(mutex_);
        while (!over.stop_requested()) {
            const auto now = std::chrono::steady_clock::now();
            reason_ = find_reason(now);
            if (!reason_.empty()) {
                lock.unlock();
                source_.request_stop();
                return;
            }
            auto next = listeners_.empty() ? *end_ : now + between_looks;
            next = end_ ? std::min(next, *end_) : next;
            wake_.wait_until(lock, over, next, [] { return false; });
        }
    }
    [[nodiscard]] std::string find_reason(std::chrono::steady_clock::time_point now) const {
        for (const detail::signal_listener& each : listeners_) {
            if (each.came()) {
                return each.name() + " has come";
            }
        }
        return end_ && now >= *end_ ? why_end_ : "";
    }

    std::stop_source source_;
    std::optional<std::chrono::steady_clock::time_point> end_;
    std::string why_end_;
    std::deque<detail::signal_listener> listeners_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::string reason_;
    std::jthread watching_; // last: it uses all of the above
};

} // namespace distproc
