// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/checkpoint/file_lock.hpp>
#include <distproc/checkpoint/journal_log.hpp>
#include <distproc/core/descriptor.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/machine.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/core/posix_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
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
/// long as this lives no other run can write the same output. Calls throw `error` that names the file.
class journal_folder {
public:
    /// Makes the folder, where there is none, and takes hold of it. Throws where another run has it.
    explicit journal_folder(std::string output) : output_(std::move(output)), path_(journal_path(output_)) {
        for (int tries = 0; claim_.get() < 0; ++tries) { // again where a run has just ended, and taken the folder away
            made_ = ::mkdir(path_.c_str(), 0777) == 0;
            if (!made_ && errno != EEXIST) {
                throw_system_error(path_, "made, which keeps what is done of '" + output_ + "'", errno);
            }
            const std::string file = path_ + "/claim";
            descriptor claim(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
            if (claim.get() < 0 && (errno != ENOENT || tries == 100)) {
                throw_system_error(file, "made, which keeps other runs from writing '" + output_ + "'", errno);
            }
            if (claim.get() >= 0 && take(claim, file)) {
                claim_ = std::move(claim);
            }
        }
    }
    journal_folder(const journal_folder&) = delete;
    journal_folder& operator=(const journal_folder&) = delete;
    /// What no run needs goes: a folder without logs.
    ~journal_folder() {
        if (claim_.get() >= 0) {
            remove_if_empty();
        }
    }

    /// Whether there was none before.
    [[nodiscard]] bool made() const noexcept { return made_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// What the logs of all runs say is durable; of `items` that the output has. Logs of another output count for
    /// nothing.
    [[nodiscard]] index_set read(std::uint64_t identity, std::size_t items) {
        std::vector<index_range> all;
        read_ = logs();
        for (const std::string& file : read_) {
            const posix_file log = posix_file::open_if_there(file);
            if (log.valid()) {
                std::vector<std::byte> bytes(static_cast<std::size_t>(log.size()));
                log.read(0, bytes);
                check_version(file, bytes);
                (void)read_log(bytes, identity, items, all);
            }
        }
        std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        index_set done;
        for (const index_range range : all) {
            done.insert(range); // in order: O(1) each
        }
        return done;
    }

    /// The log of a rank in a run of this number; numbers are random, so that no two runs have one.
    [[nodiscard]] static std::string log_name(std::uint64_t run, std::size_t rank) {
        return std::to_string(run) + "-" + std::to_string(rank) + ".log";
    }

    /// One log in place of those that were read, which says the same, as that of rank 0 in a run of this number. A kill
    /// at any moment leaves the old ones, or both, or the new one.
    void compact(std::uint64_t identity, const index_set& done, std::uint64_t run) const {
        if (read_.size() < 2) {
            return;
        }
        const std::string file = path_ + "/" + log_name(run, 0);
        {
            journal_log log(file + ".new", identity);
            log.note_done(done);
            log.commit();
        }
        if (::rename((file + ".new").c_str(), file.c_str()) != 0) {
            throw_system_error(file, "made", errno);
        }
        sync_to_disk(path_);
        for (const std::string& each : read_) {
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

    /// Nobody will need it any more. What is not the journal's stays.
    void remove() noexcept {
        try {
            for (const std::string& file : logs()) {
                ::unlink(file.c_str());
            }
        } catch (...) {
        }
        remove_if_empty();
        claim_ = descriptor(); // from now on another run may have it
    }

private:
    /// Locks the file; false where others no longer find it. Throws where another run has it.
    [[nodiscard]] bool take(const descriptor& claim, const std::string& file) const {
        if (!lock_at_once(claim, sharing::alone, file)) {
            const std::string who = text_of(file);
            throw in_use(who.empty() ? who : ", " + who);
        }
        struct stat mine {};
        struct stat theirs {};
        if (::fstat(claim.get(), &mine) != 0 || ::stat(file.c_str(), &theirs) != 0 || mine.st_ino != theirs.st_ino ||
            mine.st_dev != theirs.st_dev) {
            return false;
        }
        for (int tries = 0; hold_journal(path_, sharing::alone).get() < 0; ++tries) {
            if (tries == 100) {
                throw in_use(", of which some ranks are still there");
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20)); // ranks that gave up a session let go soon
        }
        const std::string who = "process " + std::to_string(::getpid()) + " on " + host_name();
        (void)!::ftruncate(claim.get(), 0);
        (void)!::pwrite(claim.get(), who.data(), who.size(), 0);
        return true;
    }

    [[nodiscard]] error in_use(const std::string& who) const {
        return error("output '" + output_ + "' is being written by another run" + who + "; wait for it, or end it");
    }

    /// Throws where another version of the library wrote a log.
    void check_version(const std::string& file, std::span<const std::byte> log) const {
        constexpr std::uint32_t known = journal_head::magic;
        std::uint32_t mark = known;
        std::memcpy(&mark, log.data(), std::min(log.size(), sizeof mark));
        if (mark != known && mark << 8U == known << 8U) { // the last of the four characters is the version
            throw error("'" + file + "' was written by another version of distproc; let that one finish '" + output_ +
                        "', or set replace = true of the writer to begin again");
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
        ::unlink((path_ + "/ranks").c_str());
        ::unlink((path_ + "/claim").c_str());
        ::rmdir(path_.c_str());
    }

    std::string output_;
    std::string path_;
    std::vector<std::string> read_;
    descriptor claim_;
    bool made_ = false;
};

} // namespace distproc::detail
