// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/checkpoint/journal_log.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/machine.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/core/posix_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Where the journal of an output is, whatever the way that its path takes: "fits.h5.journal" beside it.
[[nodiscard]] inline std::string journal_path(const std::string& output) {
    std::error_code ignored;
    std::filesystem::path there = std::filesystem::canonical(output, ignored);
    if (ignored) { // no such file yet
        const std::filesystem::path folder = std::filesystem::canonical(folder_of(output), ignored);
        there =
            (ignored ? std::filesystem::path(folder_of(output)) : folder) / std::filesystem::path(output).filename();
    }
    return there.string() + ".journal";
}

/// The folder of an output's journal, which holds a log for each rank that writes in a run, held by one process: as
/// long as this lives no other run can write the same output. The hold is a lock of the system (flock), which goes with
/// the process, however that ends. Calls throw `error` that names the file.
class journal_folder {
public:
    journal_folder() = default;
    journal_folder(journal_folder&& other) noexcept
        : output_(std::move(other.output_)), path_(std::exchange(other.path_, {})),
          claim_(std::exchange(other.claim_, -1)), kept_(other.kept_) {}
    journal_folder& operator=(journal_folder&& other) noexcept {
        std::swap(output_, other.output_);
        std::swap(path_, other.path_);
        std::swap(claim_, other.claim_);
        std::swap(kept_, other.kept_);
        return *this;
    }
    /// What no run needs goes: a folder without logs.
    ~journal_folder() {
        if (claim_ >= 0) {
            if (!kept_) {
                remove_if_empty();
            }
            ::close(claim_);
        }
    }

    /// Makes the folder, where there is none, and takes hold of it. Throws where another run has it.
    explicit journal_folder(std::string output) : journal_folder() {
        output_ = std::move(output);
        path_ = journal_path(output_);
        for (int tries = 0; claim_ < 0; ++tries) {
            if (::mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) {
                throw_system_error(path_, "made, which keeps what is done of '" + output_ + "'", errno);
            }
            const std::string file = path_ + "/claim";
            claim_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
            if (claim_ < 0 && (errno != ENOENT || tries == 100)) {
                throw_system_error(file, "made, which keeps other runs from writing '" + output_ + "'", errno);
            }
            if (claim_ >= 0 && !take_claim(file)) { // another run has just ended, and took the file away
                ::close(std::exchange(claim_, -1));
            }
        }
        check_version();
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// What the logs of all runs say is durable; of `items` that the output has. Logs of another output count for
    /// nothing.
    [[nodiscard]] index_set read(std::uint64_t identity, std::size_t items) const {
        std::vector<index_range> all;
        for (const std::string& file : logs()) {
            const posix_file log = posix_file::open_if_there(file);
            if (log.valid()) {
                std::vector<std::byte> bytes(static_cast<std::size_t>(log.size()));
                log.read(0, bytes);
                journal_state state;
                (void)read_log(bytes, identity, items, state);
                all.insert(all.end(), state.done.ranges().begin(), state.done.ranges().end());
            }
        }
        std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        index_set done;
        for (const index_range range : all) {
            done.insert(range); // in order: O(1) each
        }
        return done;
    }

    /// A number that no log of an earlier run has.
    [[nodiscard]] std::size_t next_run() const {
        std::size_t last = 0;
        for (const std::string& file : logs()) {
            const std::string name = std::filesystem::path(file).filename();
            std::size_t run = 0;
            (void)std::from_chars(name.data(), name.data() + name.size(), run);
            last = std::max(last, run);
        }
        return last + 1;
    }
    [[nodiscard]] static std::string log_name(std::size_t run, std::size_t rank) {
        return std::to_string(run) + "-" + std::to_string(rank) + ".log";
    }

    /// One log in place of many, which says the same. A kill at any moment leaves the old ones, or both, or the new
    /// one.
    void compact(std::uint64_t identity, const index_set& done) const {
        const std::vector<std::string> old = logs();
        if (old.size() < 2) {
            return;
        }
        const std::string file = path_ + "/" + log_name(next_run(), 0);
        {
            journal_log log(file + ".new", identity);
            log.note_done(done);
            log.commit();
        }
        if (::rename((file + ".new").c_str(), file.c_str()) != 0) {
            throw_system_error(file, "made", errno);
        }
        sync_to_disk(path_);
        for (const std::string& each : old) {
            ::unlink(each.c_str());
        }
    }

    /// Forgets what is done, durably.
    void clear() const {
        const std::vector<std::string> old = logs();
        for (const std::string& file : old) {
            if (::unlink(file.c_str()) != 0) {
                throw_system_error(file, "removed", errno);
            }
        }
        if (!old.empty()) {
            sync_to_disk(path_);
        }
    }

    /// Leaves the folder as it is when this goes, for another run.
    void keep() noexcept { kept_ = true; }

    /// Nobody will need it any more. What is not the journal's stays.
    void remove() noexcept {
        try {
            for (const std::string& file : logs()) {
                ::unlink(file.c_str());
            }
        } catch (...) {
        }
        kept_ = false;
        remove_if_empty();
    }

private:
    static constexpr std::string_view version = "distproc journal, version 1\n";

    /// Whether the file that is locked now is still the one that others find.
    [[nodiscard]] bool take_claim(const std::string& file) {
        if (::flock(claim_, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) {
                const int reason = errno;
                ::close(std::exchange(claim_, -1));
                throw_system_error(file, "locked, which keeps other runs from writing '" + output_ + "'", reason);
            }
            const std::string who = text_of(file);
            ::close(std::exchange(claim_, -1));
            throw error("output '" + output_ + "' is being written by another run" +
                        (who.empty() ? std::string() : ", " + who) + "; wait for it, or end it");
        }
        struct stat mine {};
        struct stat theirs {};
        if (::fstat(claim_, &mine) != 0 || ::stat(file.c_str(), &theirs) != 0 || mine.st_ino != theirs.st_ino ||
            mine.st_dev != theirs.st_dev) {
            return false;
        }
        const std::string who = "process " + std::to_string(::getpid()) + " on " + host_name();
        (void)!::ftruncate(claim_, 0);
        (void)!::pwrite(claim_, who.data(), who.size(), 0);
        return true;
    }

    void check_version() {
        const std::string file = path_ + "/about";
        const std::string found = text_of(file);
        if (found.size() < version.size() && version.starts_with(found)) { // none, or of a run that was killed here
            const posix_file about = posix_file::create(file);
            about.write(0, std::as_bytes(std::span(version)));
            about.sync();
            sync_to_disk(path_);
            sync_to_disk(folder_of(path_));
        } else if (found != version) {
            kept_ = true;
            throw error("'" + path_ + "' was written by another version of distproc ('" +
                        found.substr(0, found.find('\n')) + "'); finish '" + output_ +
                        "' with that one, or remove both to begin again");
        }
    }

    [[nodiscard]] static std::string text_of(const std::string& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    [[nodiscard]] std::vector<std::string> logs() const { return files_that_end_in(".log"); }

    [[nodiscard]] std::vector<std::string> files_that_end_in(std::string_view extension) const {
        std::vector<std::string> found;
        std::error_code problem;
        for (std::filesystem::directory_iterator at(path_, problem), end; !problem && at != end;
             at.increment(problem)) {
            if (at->path().extension() == extension) {
                found.push_back(at->path().string());
            }
        }
        if (problem) {
            throw error("'" + path_ + "', which keeps what is done of '" + output_ +
                        "', cannot be read: " + problem.message());
        }
        return found;
    }

    void remove_if_empty() const noexcept {
        try {
            if (!logs().empty()) {
                return;
            }
            for (const std::string& file : files_that_end_in(".new")) { // of a run that was killed
                ::unlink(file.c_str());
            }
        } catch (...) {
            return;
        }
        ::unlink((path_ + "/about").c_str());
        ::unlink((path_ + "/claim").c_str());
        ::rmdir(path_.c_str());
    }

    std::string output_;
    std::string path_;
    int claim_ = -1;
    bool kept_ = false;
};

} // namespace distproc::detail
