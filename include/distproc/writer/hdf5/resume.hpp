// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/checkpoint/fingerprint.hpp>
#include <distproc/checkpoint/journal_folder.hpp>
#include <distproc/core/environment_variable.hpp>
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
    char since[64] = "";
    std::tm when{};
    if (::stat(target.file.c_str(), &is) == 0 && ::localtime_r(&is.st_mtime, &when) != nullptr) {
        (void)std::strftime(since, sizeof since, ", since %Y-%m-%d %H:%M:%S", &when);
    }
    std::fprintf(stderr,
                 "distproc: '%s' is complete already%s; nothing is computed (set replace = true of the writer to "
                 "compute it again)\n",
                 h5::address(target.file, target.path).c_str(), since);
}

/// Throws `error` where other work was done for the output; warns where it was done by another build, or on another
/// CPU.
inline void check_same_work(const hdf5_target& target, const hdf5_found& found) {
    const auto listed = [](const std::vector<std::string>& lines) {
        std::string text;
        for (const std::string& line : lines) {
            text += (text.empty() ? "" : "; ") + line;
        }
        return text;
    };
    const fingerprint_differences differ = compare_fingerprints(found.fingerprint, target.fingerprint);
    if (!differ.work.empty()) {
        throw error("output '" + target.file + "' exists" + (found.complete ? "" : ", unfinished") +
                    ", and is of other work: " + listed(differ.work) +
                    "; set replace = true of the writer to overwrite it, or name another file");
    }
    if (!differ.circumstances.empty() && !switched_off("DISTPROC_WARNINGS")) {
        std::fprintf(stderr,
                     "distproc: warning: output '%s' was begun by another build of the program, or on another CPU, so "
                     "that last bits may differ (%s); where the compute has changed, give it another version\n",
                     target.file.c_str(), listed(differ.circumstances).c_str());
    }
}

/// Opens what there is of the output again, or creates it; takes hold of its journal in `folder`. One process.
[[nodiscard]] inline hdf5_beginning begin_output(hdf5_target& target, const plan& what, journal_folder& folder) {
    hdf5_beginning begin;
    const bool recognised = !what.fingerprint.empty();
    if (recognised) {
        target.fingerprint =
            what.fingerprint + "stored as: " + (target.columns(what.result) ? "columns\n" : "one dataset\n");
    } else if (what.dry_run) {
        begin.bytes = create_output(target, what);
        return begin;
    }
    check_target(target.file, what.source_files);
    check_units(target.units, what.result);
    if (std::error_code ignored; std::filesystem::is_symlink(target.file, ignored)) { // what it leads to is written
        const auto there = std::filesystem::weakly_canonical(target.file, ignored);
        target.file = ignored ? target.file : there.string();
    }
    folder = journal_folder(target.file);
    begin.folder = folder.path();
    std::random_device any;
    const auto random = [&] { return std::uint64_t{any()} << 32U | any(); };
    begin.run = random();
    if (!recognised || target.replace || ::access(target.file.c_str(), F_OK) != 0) {
        while (recognised && begin.identity == 0) {
            begin.identity = random();
        }
        target.identity = begin.identity;
        begin.bytes = create_output(target, what);
        if (!what.dry_run) {
            folder.clear(); // what it says is of the output that was there before
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
    index_set done = folder.read(found->identity, what.grid.item_count());
    if (found->complete && found->failed == found->failed_items.size()) {
        index_set failed;
        for (const std::uint64_t item : found->failed_items) {
            failed.insert({static_cast<std::size_t>(item), static_cast<std::size_t>(item) + 1});
        }
        const index_set others = failed.complement(what.grid.item_count());
        for (const index_range range : others.ranges()) {
            done.insert(range);
        }
    }
    begin.identity = found->identity;
    begin.done = done.ranges();
    if (!what.dry_run) {
        folder.compact(begin.identity, done, begin.run);
        begin.run = random();
    }
    return begin;
}

} // namespace distproc::detail
