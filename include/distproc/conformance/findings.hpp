// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/team.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace distproc::conformance {

/// How a check is run.
struct check_options {
    /// A part of the check that takes longer hangs: the process says which part on standard error and ends with code 1.
    std::chrono::seconds limit{120};
    /// For `check_writer`: a run that was stopped is gone on with by a second one with the same writer, which must
    /// compute only what is left.
    bool resumes = false;
    /// For `check_writer`: the writer takes results that are arrays, several values for each item.
    bool arrays = true;
};

/// What a check has found wrong, in plain sentences.
class findings {
public:
    /// Names the part of the check that follows; sentences begin with it.
    void begin(std::string part) { part_ = std::move(part); }
    [[nodiscard]] const std::string& part() const noexcept { return part_; }

    void add(const std::string& sentence) { all_.push_back(part_ + ": " + sentence); }
    bool expect(bool holds, const std::string& otherwise) {
        if (!holds) {
            add(otherwise);
        }
        return holds;
    }

    /// Collective: the findings of all ranks, each once, equal on all; ranks are named where not all found it.
    [[nodiscard]] std::vector<std::string> of_all(const team auto& ranks) const {
        std::string mine;
        for (const std::string& sentence : all_) {
            save_bytes(mine, sentence.size());
            mine += sentence;
        }
        std::vector<std::pair<std::string, std::vector<std::size_t>>> found;
        const std::vector<std::string> messages = ranks.all_gather(mine);
        for (std::size_t r = 0; r < messages.size(); ++r) {
            std::string_view rest = messages[r];
            while (!rest.empty()) {
                const auto length = load_bytes<std::size_t>(rest);
                note(found, std::string(rest.substr(0, length)), r);
                rest.remove_prefix(length);
            }
        }
        std::vector<std::string> sentences;
        for (auto& [sentence, where] : found) {
            sentences.push_back(std::move(sentence));
            if (where.size() < ranks.size()) {
                sentences.back() += where.size() == 1 ? " (on rank " : " (on ranks ";
                for (const std::size_t r : where) {
                    sentences.back() += (r == where.front() ? "" : ", ") + std::to_string(r);
                }
                sentences.back() += ')';
            }
        }
        return sentences;
    }

private:
    static void note(auto& found, std::string sentence, std::size_t rank) {
        for (auto& [text, where] : found) {
            if (text == sentence) {
                if (where.back() != rank) {
                    where.push_back(rank);
                }
                return;
            }
        }
        found.emplace_back(std::move(sentence), std::vector<std::size_t>{rank});
    }

    std::string part_;
    std::vector<std::string> all_;
};

/// Ends the process where a part of a check takes longer than the limit, since a hang has no other way to be found.
class watchdog {
public:
    explicit watchdog(std::chrono::seconds limit)
        : limit_(limit), thread_([this](const std::stop_token& stop) { watch(stop); }) {}

    void begin(std::string_view part) {
        const std::scoped_lock lock(mutex_);
        part_ = part;
        end_ = std::chrono::steady_clock::now() + limit_;
    }

private:
    void watch(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
            const auto end = end_;
            if (!sleep_.wait_until(lock, stop, end, [&] { return end_ != end; }) && !stop.stop_requested() &&
                end_ == end) {
                std::fprintf(stderr, "distproc: conformance: '%s' has not ended after %lld s: it hangs\n",
                             part_.c_str(), static_cast<long long>(limit_.count()));
                std::_Exit(1);
            }
        }
    }

    std::chrono::seconds limit_;
    std::mutex mutex_;
    std::condition_variable_any sleep_;
    std::string part_ = "the beginning";
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + limit_;
    std::jthread thread_; // last: it uses all others
};

} // namespace distproc::conformance
