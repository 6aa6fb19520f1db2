// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/checkpoint/fingerprint.hpp>
#include <distproc/checkpoint/journal_folder.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/h5/attributes.hpp>
#include <distproc/h5/lookup.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/posix.hpp>

#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <vector>

namespace distproc::detail {

/// What an existing output says of the work that was done for it.
struct hdf5_found {
    std::string fingerprint;
    std::uint64_t identity = 0; ///< of its journal
    bool complete = false;
    std::uint64_t failed = 0;
    std::vector<std::uint64_t> failed_items; ///< the lowest
};

/// Nothing where the file is no HDF5 file, or has no fingerprint where the results are to go. Throws `error` where it
/// cannot be read, or another program has it open.
[[nodiscard]] inline std::optional<hdf5_found> look_at_output(const hdf5_target& target) {
    const h5::guard lock;
    h5::file file;
    try {
        file = h5::open_for_reading(target.file);
    } catch (const error&) {
        if (H5Fis_hdf5(target.file.c_str()) == 0) {
            return std::nullopt;
        }
        throw;
    }
    const auto has = [&](const char* name) {
        return H5Aexists_by_name(file, target.path.c_str(), name, H5P_DEFAULT) > 0;
    };
    if (!has("fingerprint") || !has("journal") || !has("complete")) {
        return std::nullopt;
    }
    const h5::object owner(H5Oopen(file, target.path.c_str(), H5P_DEFAULT), "H5Oopen", target.file);
    hdf5_found found;
    found.fingerprint = h5::read_text(owner, "fingerprint");
    found.identity = h5::read_numbers<std::uint64_t>(owner, "journal").at(0);
    found.complete = h5::read_numbers<std::uint8_t>(owner, "complete").at(0) != 0;
    if (has("failed") && has("failed_items")) {
        found.failed = h5::read_numbers<std::uint64_t>(owner, "failed").at(0);
        found.failed_items = h5::read_numbers<std::uint64_t>(owner, "failed_items");
        std::erase(found.failed_items, no_failed_item);
    }
    return found;
}

/// What all ranks of a session learn when it opens.
struct hdf5_beginning {
    bool complete = false;         ///< there is nothing left to do
    bool resumed = false;          ///< the output was there
    std::uint64_t identity = 0;    ///< of the journal; 0: none is kept
    std::uint64_t run = 0;         ///< number of this run in it
    std::string folder{};          ///< of the journal
    std::size_t bytes = 0;         ///< of the file
    std::vector<index_range> done; ///< items

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& complete& resumed& identity& run& folder& bytes& done;
    }
};

/// The granules all of whose items are in a set; of a linear grid.
[[nodiscard]] inline index_set granules_within(const granules& grid, const std::vector<index_range>& items) {
    index_set whole;
    for (const index_range range : items) {
        const std::size_t first = (range.first + grid.length() - 1) / grid.length();
        const std::size_t last = range.last >= grid.item_count() ? grid.count() : range.last / grid.length();
        if (first < last) {
            whole.insert({first, last});
        }
    }
    return whole;
}

[[nodiscard]] inline std::size_t bytes_of_file(const std::string& name) noexcept {
    struct stat is {};
    return ::stat(name.c_str(), &is) == 0 ? static_cast<std::size_t>(is.st_size) : 0;
}

inline void say_complete(const hdf5_target& target) {
    struct stat is {};
    char when[64] = "";
    std::tm local{};
    if (::stat(target.file.c_str(), &is) == 0 && ::localtime_r(&is.st_mtime, &local) != nullptr) {
        (void)std::strftime(when, sizeof when, " (last written on %Y-%m-%d at %H:%M:%S)", &local);
    }
    std::fprintf(stderr,
                 "distproc: '%s' is complete already%s; nothing is computed. To compute it again set replace = true of "
                 "the writer\n",
                 h5::address(target.file, target.path).c_str(), when);
}

[[nodiscard]] inline std::string listed(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += (text.empty() ? "" : "; ") + line;
    }
    return text;
}

/// Throws `error` where other work was done for the output; warns where it was done by another build, or on another
/// CPU.
inline void check_same_work(const hdf5_target& target, const hdf5_found& found) {
    const fingerprint_differences differ = compare_fingerprints(found.fingerprint, target.fingerprint);
    if (!differ.work.empty()) {
        throw error("output '" + target.file + "' exists" + (found.complete ? "" : ", unfinished") +
                    ", and has the results of other work: " + listed(differ.work) +
                    "; set replace = true of the writer to overwrite it, or name another file");
    }
    if (!differ.circumstances.empty()) {
        std::fprintf(stderr,
                     "distproc: warning: output '%s' was begun under other circumstances, so that last bits may differ "
                     "(%s); if what the compute does has changed, give it another version\n",
                     target.file.c_str(), listed(differ.circumstances).c_str());
    }
}

/// What is durable of an output that was found.
[[nodiscard]] inline index_set done_of(const hdf5_found& found, journal_folder& folder, std::size_t items) {
    index_set done = folder.read(found.identity, items);
    if (found.complete && found.failed == found.failed_items.size()) {
        index_set failed;
        for (const std::uint64_t item : found.failed_items) {
            failed.insert({static_cast<std::size_t>(item), static_cast<std::size_t>(item) + 1});
        }
        const index_set others = failed.complement(items);
        for (const index_range range : others.ranges()) {
            done.insert(range);
        }
    }
    return done;
}

/// Warns where what is to be replaced is the unfinished output of the same work.
inline void warn_of_loss(const hdf5_target& target, journal_folder& folder, std::size_t items) {
    const std::optional<hdf5_found> found = look_at_output(target);
    if (!found || found->complete || !compare_fingerprints(found->fingerprint, target.fingerprint).work.empty()) {
        return;
    }
    if (const std::size_t done = folder.read(found->identity, items).size(); done != 0) {
        std::fprintf(stderr,
                     "distproc: warning: '%s' has %zu of %zu items of the same work, which are computed again, because "
                     "the writer has replace = true\n",
                     target.file.c_str(), done, items);
    }
}

/// Opens what there is of the output again, or creates it; takes hold of its journal in `folder`. One process.
[[nodiscard]] inline hdf5_beginning begin_output(hdf5_target& target, const plan& what,
                                                 std::unique_ptr<journal_folder>& folder) {
    check_target(target.file, what.source_files);
    check_units(target.units, what.result);
    if (std::error_code ignored; std::filesystem::is_symlink(target.file, ignored)) { // what it leads to is written
        const auto there = std::filesystem::weakly_canonical(target.file, ignored);
        target.file = ignored ? target.file : there.string();
    }
    const bool exists = ::access(target.file.c_str(), F_OK) == 0;
    const bool recognised = !what.fingerprint.empty();
    if (exists && !target.replace && !recognised) {
        throw output_exists(target, what.unrecognised);
    }
    if (recognised) {
        target.fingerprint =
            what.fingerprint + "stored as: " + (target.columns(what.result) ? "columns\n" : "one dataset\n");
    }
    folder = std::make_unique<journal_folder>(target.file);
    std::random_device any;
    const auto random = [&] { return std::uint64_t{any()} << 32U | any(); };
    hdf5_beginning begin;
    begin.folder = folder->path();
    begin.run = random();
    if (!exists || target.replace) {
        if (exists && recognised) {
            warn_of_loss(target, *folder, what.grid.item_count());
        }
        while (recognised && begin.identity == 0) {
            begin.identity = random();
        }
        target.identity = begin.identity;
        begin.bytes = create_output(target, what);
        if (!what.dry_run) {
            folder->clear(); // what it says is of the output that was there before
        }
        return begin;
    }
    const std::optional<hdf5_found> found = look_at_output(target);
    if (!found) {
        throw output_exists(target);
    }
    check_same_work(target, *found);
    begin.resumed = true;
    begin.bytes = bytes_of_file(target.file);
    if (found->complete && found->failed == 0) {
        say_complete(target);
        begin.complete = true;
        begin.done = {{0, what.grid.item_count()}};
        return begin;
    }
    if (!found->complete && folder->made()) {
        std::fprintf(
            stderr,
            "distproc: warning: '%s' was begun, but what keeps how far it came, '%s', is not there: everything "
            "is computed again\n",
            target.file.c_str(), begin.folder.c_str());
    }
    const index_set done = done_of(*found, *folder, what.grid.item_count());
    begin.identity = found->identity;
    begin.done = done.ranges();
    if (!what.dry_run) {
        folder->compact(begin.identity, done, random());
    }
    return begin;
}

} // namespace distproc::detail
