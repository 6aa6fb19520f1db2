// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/checkpoint/journal_log.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/core/posix_file.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace distproc::detail {

/// What one rank notes of the items whose results it has written, in a log of its own. A commit brings the results to
/// the disk first, then the note: fdatasync of the output, one append, fdatasync of the log.
///
/// Commits are seldom enough to cost little, a fiftieth of the time at most as long as that is less than
/// `most_seconds` between them, and often enough for a kill to lose little: every second where the disk is quick. For
/// any number of threads. Calls throw `error` that names the file.
class journal {
public:
    using clock = std::chrono::steady_clock;

    /// `output`: the file that the results are written to; it is there.
    journal(std::string folder, std::string log, std::uint64_t identity, std::string output, double most_seconds)
        : folder_(std::move(folder)), log_name_(std::move(log)), identity_(identity),
          output_(posix_file::open_if_there(std::move(output))), most_(most_seconds) {
        due_ = clock::now() + pause(0);
    }

    /// These items have been written.
    void wrote(index_range items) {
        const std::scoped_lock lock(mutex_);
        pending_.insert(items);
    }

    void commit_if_due() {
        const std::scoped_lock lock(mutex_);
        throw_problem();
        if (has_news() && clock::now() >= due_) {
            commit_now();
        }
    }
    void commit() {
        const std::scoped_lock lock(mutex_);
        throw_problem();
        if (has_news()) {
            commit_now();
        }
    }

    /// Where the run has gone on for some time.
    void commit_unless_young() {
        if (clock::now() - begun_ >= pause(0)) {
            commit();
        }
    }

private:
    [[nodiscard]] bool has_news() const { return !pending_.empty() || (log_ && log_->waiting() != 0); }
    void throw_problem() const {
        if (problem_) {
            std::rethrow_exception(problem_);
        }
    }

    void commit_now() {
        const clock::time_point begun = clock::now();
        due_ = begun + pause(0); // where it fails
        try {
            output_.sync();
        } catch (...) { // what is lost is told once; to ask again would be to believe that it is there
            pending_ = {};
            problem_ = std::current_exception();
            throw;
        }
        if (!log_) {
            log_.emplace(folder_ + "/" + log_name_, identity_);
        }
        log_->note_done(std::exchange(pending_, {}));
        log_->commit();
        if (!named_) { // its name, too
            sync_to_disk(folder_);
            sync_to_disk(folder_of(folder_));
            named_ = true;
        }
        const clock::time_point now = clock::now();
        due_ = now + pause(std::chrono::duration<double>(now - begun).count());
    }

    [[nodiscard]] clock::duration pause(double cost) const {
        const double seconds = std::min(most_, std::max(1.0, 50 * cost));
        return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
    }

    std::string folder_;
    std::string log_name_;
    std::uint64_t identity_;
    posix_file output_;
    double most_;
    clock::time_point begun_ = clock::now();
    std::mutex mutex_;
    clock::time_point due_;
    index_set pending_;
    std::optional<journal_log> log_;
    bool named_ = false;         ///< the log's name is on the disk
    std::exception_ptr problem_; ///< nothing is committed any more
};

} // namespace distproc::detail
