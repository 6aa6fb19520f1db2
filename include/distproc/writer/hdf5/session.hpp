// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/checkpoint/journal.hpp>
#include <distproc/checkpoint/journal_folder.hpp>
#include <distproc/core/agree.hpp>
#include <distproc/core/byte_archive.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/core/failed_items.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/output.hpp>
#include <distproc/writer/hdf5/resume.hpp>

#include <hdf5.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace distproc {

namespace detail {

/// Whether several ranks of such a team can write one file: parallel HDF5, and a team with a communicator.
template <class Team>
constexpr bool shares_hdf5_files() noexcept {
#ifdef H5_HAVE_PARALLEL
    return requires(const Team& ranks) { static_cast<MPI_Comm>(ranks.communicator()); };
#else
    return false;
#endif
}

/// Throws `error` where several ranks cannot write one file; the same on all ranks.
template <team Team>
void check_sharing(const Team& ranks, std::string_view writer, const std::string& file) {
    if (ranks.size() <= 1 || shares_hdf5_files<Team>()) {
        return;
    }
    const std::string who = std::string(writer) + "_writer: " + std::to_string(ranks.size()) + " ranks cannot write '" +
                            file + "' together, because ";
#ifdef H5_HAVE_PARALLEL
    throw error(who +
                "they have no MPI communicator; use mpi_executor or hybrid_executor, or node_gather<hdf5_writer>");
#else
    throw error(who + "this HDF5 is serial; use node_gather<hdf5_writer> on one node, or link a parallel HDF5");
#endif
}

/// For `parallel_hdf5_writer`: throws `error` where fewer than all would write: a serial HDF5, or one rank although
/// more processes were started. The same on all ranks.
template <team Team>
void check_all_write(const Team& ranks, const std::string& file) {
    const std::string who = "parallel_hdf5_writer: '" + file + "' cannot be written in parallel, because ";
#ifndef H5_HAVE_PARALLEL
    (void)ranks;
    throw error(who + "this HDF5 is serial; use hdf5_writer, or link a parallel HDF5");
#else
    if (const std::size_t started = launched_ranks(); ranks.size() == 1 && started > 1) {
        throw error(who + "one rank would write although " + std::to_string(started) +
                    " were started; use hdf5_writer, or mpi_executor or hybrid_executor on all ranks");
    }
#endif
}

template <team Team>
h5::file open_output([[maybe_unused]] const Team& ranks, const std::string& name) {
    const h5::guard lock;
    const h5::property_list access = h5::posix_access();
#ifdef H5_HAVE_PARALLEL
    if constexpr (shares_hdf5_files<Team>()) {
        if (ranks.size() > 1) {
            const auto communicator = static_cast<MPI_Comm>(ranks.communicator());
            h5::check(H5Pset_fapl_mpio(access, communicator, MPI_INFO_NULL), "H5Pset_fapl_mpio", name);
        }
    }
#endif
    return {H5Fopen(name.c_str(), H5F_ACC_RDWR, access), "H5Fopen", name};
}

} // namespace detail

/// `hdf5_writer` at work.
template <class Result, team Team>
class hdf5_session {
public:
    static constexpr bool concurrent = false;

    hdf5_session(Team ranks, detail::hdf5_target target, const plan& what)
        : ranks_(std::move(ranks)), target_(std::move(target)), per_item_(what.result.per_item),
          dry_run_(what.dry_run) {
        const detail::hdf5_beginning begin = create(what);
        done_ = detail::granules_within(what.grid, begin.done);
        complete_ = begin.complete;
        if (dry_run_ || complete_) {
            return;
        }
        std::string problem;
        try {
            output_ = detail::hdf5_output(target_, what, detail::open_output(ranks_, target_.file), ranks_.size() > 1);
            output_.open_datasets();
            if (ranks_.rank() != 0) {
                hold_ = detail::hold_journal(begin.folder, detail::sharing::shared);
            }
            if (begin.identity != 0) {
                journal_ = std::make_unique<detail::journal>(begin.folder,
                                                             detail::journal_folder::log_name(begin.run, ranks_.rank()),
                                                             begin.identity, target_.file, what.commit_seconds);
            }
        } catch (...) {
            problem = current_exception_text() +
                      (ranks_.size() > 1 ? "; the output must be on a file system that all ranks share" : "");
        }
        throw_first(ranks_, problem);
    }

    /// What earlier runs have committed.
    [[nodiscard]] const index_set& done() const noexcept { return done_; }
    void write(std::size_t first, std::span<const Result> results) {
        const std::size_t items = results.size() / per_item_;
        output_.write(first, std::as_bytes(results).data(), items);
        if (journal_) {
            journal_->wrote({first, first + items});
        }
        commit_if_due();
    }
    /// Writes marks, and leaves these items for a later run.
    void skip(std::size_t first, std::size_t count) { output_.write_missing(first, count); }
    void failed(const failed_items& items) { failed_ = items; }
    void commit_if_due() {
        if (journal_) {
            journal_->commit_if_due();
        }
    }
    void finish() {
        if (journal_ && ranks_.size() > 1) { // the others may go on for long
            journal_->commit_unless_young();
        }
    }

    /// Collective. Closes on all ranks, brings all bytes to the disk, then one rank sets the attribute `complete` to 1.
    /// After a failed run it closes and throws nothing. Throws `error` on all ranks, with the same text.
    void close(outcome how) {
        if (dry_run_ || complete_) {
            folder_.reset();
            return;
        }
        std::string problem = output_.close();
        const bool all_named = failed_.count == failed_.items.size();
        if (const auto log = std::move(journal_); log && (how != outcome::complete || !all_named)) {
            attempt(problem, [&] { log->commit(); });
        }
        const auto folder = std::move(folder_);
        hold_ = detail::descriptor();
        if (how == outcome::failed) {
            throw_first(ranks_, ""); // the folder is held until all have let go
            return;
        }
        throw_first(ranks_, problem);
        if (how == outcome::complete) {
            std::string trouble;
            if (ranks_.rank() == 0) {
                attempt(trouble, [&] {
                    detail::mark_complete(target_.file, target_.path, failed_);
                    if (all_named) {
                        folder->remove();
                    }
                });
            }
            throw_first(ranks_, trouble);
        }
    }

    [[nodiscard]] traffic moved() const noexcept { return {output_.written(), 0, 0}; }
    [[nodiscard]] std::string description() const { return description_; }

private:
    /// Collective: rank 0 creates the output, or opens it again, and all learn how that went.
    detail::hdf5_beginning create(const plan& what) {
        std::string news; // 'e' and an error, or 'k' and what is there now
        if (ranks_.rank() == 0) {
            try {
                news = "k";
                save_bytes(news, detail::begin_output(target_, what, folder_));
            } catch (...) {
                news = "e" + current_exception_text();
                folder_.reset();
            }
        }
        news = ranks_.broadcast(std::move(news), 0);
        if (news.at(0) == 'e') {
            throw error(news.substr(1));
        }
        std::string_view rest = news;
        rest.remove_prefix(1);
        const auto begin = load_bytes<detail::hdf5_beginning>(rest);
        describe_output(what, begin.bytes, begin.resumed, begin.complete);
        return begin;
    }

    void describe_output(const plan& what, std::size_t file_bytes, bool resumed, bool complete) {
        const std::size_t datasets = target_.columns(what.result) ? what.result.members.size() : 1;
        description_ = h5::address(target_.file, target_.path) + ", " +
                       (datasets == 1 ? "1 dataset" : std::to_string(datasets) + " datasets") + " of " +
                       to_string(what.grid.items()) +
                       (what.result.record && datasets == 1 && !target_.columns(what.result) ? " records" : "") + ", " +
                       detail::bytes_text(file_bytes);
        if (what.dry_run && resumed) {
            description_ += complete ? ", complete already" : ", begun by an earlier run";
        } else if (what.dry_run) {
            description_ += ", created and removed again (dry run)";
        } else if (ranks_.size() == 1) {
            description_ += ", written by one rank";
        } else {
            description_ += ", written by " + std::to_string(ranks_.size()) + " ranks through MPI-IO";
        }
    }

    Team ranks_;
    detail::hdf5_target target_;
    std::size_t per_item_;
    bool dry_run_;
    detail::hdf5_output output_;
    std::unique_ptr<detail::journal_folder> folder_; ///< of rank 0
    detail::descriptor hold_;                        ///< of the others
    std::unique_ptr<detail::journal> journal_;
    index_set done_;
    bool complete_ = false;
    failed_items failed_;
    std::string description_;
};

} // namespace distproc
