// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/h5/file_name.hpp>
#include <distproc/h5/library.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/lists.hpp>
#include <distproc/writer/hdf5/output.hpp>
#include <distproc/writer/list/records.hpp>
#include <distproc/writer/list/session.hpp>

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
        create(what);
        if (dry_run_) {
            return;
        }
        std::string problem;
        try {
            output_ = detail::hdf5_output(target_, what, detail::open_output(ranks_, target_.file), ranks_.size() > 1);
            output_.open_datasets();
        } catch (...) {
            problem = current_exception_text() +
                      (ranks_.size() > 1 ? "; the output must be on a file system that all ranks share" : "");
        }
        throw_first(ranks_, problem);
    }

    /// In-place results of an earlier run are not taken over: nothing is done.
    [[nodiscard]] static index_set done() { return {}; }
    void write(std::size_t first, std::span<const Result> results) {
        output_.write(first, std::as_bytes(results).data(), results.size() / per_item_);
    }
    void failed(const failed_items& items) { failed_ = items; }
    static void finish() noexcept {}

    /// Collective. Closes on all ranks, brings all bytes to the disk, then one rank sets the attribute `complete` to 1.
    /// After a failed run it closes and throws nothing. Throws `error` on all ranks, with the same text.
    void close(outcome how) {
        if (dry_run_) {
            return;
        }
        const std::string problem = output_.close();
        if (how == outcome::failed) {
            return;
        }
        throw_first(ranks_, problem);
        if (how == outcome::complete) {
            std::string trouble;
            if (ranks_.rank() == 0) {
                try {
                    detail::mark_complete(target_, failed_);
                } catch (...) {
                    trouble = current_exception_text();
                }
            }
            throw_first(ranks_, trouble);
        }
    }

    [[nodiscard]] traffic moved() const noexcept { return {output_.written(), 0, 0}; }
    [[nodiscard]] std::string description() const { return description_; }

private:
    /// Collective: rank 0 creates the output, all learn how that went.
    void create(const plan& what) {
        std::string news; // 'e' and an error, or 'k' and the bytes of the file
        if (ranks_.rank() == 0) {
            try {
                news = "k" + std::to_string(detail::create_output(target_, what));
            } catch (...) {
                news = "e" + current_exception_text();
            }
        }
        news = ranks_.broadcast(std::move(news), 0);
        if (news.at(0) == 'e') {
            throw error(news.substr(1));
        }
        describe_output(what, static_cast<std::size_t>(std::stoull(news.substr(1))));
    }

    void describe_output(const plan& what, std::size_t file_bytes) {
        const std::size_t datasets = target_.columns(what.result) ? what.result.members.size() : 1;
        description_ = h5::address(target_.file, target_.path) + ", " +
                       (datasets == 1 ? "1 dataset" : std::to_string(datasets) + " datasets") + " of " +
                       to_string(what.grid.items()) +
                       (what.result.record && datasets == 1 && !target_.columns(what.result) ? " records" : "") + ", " +
                       detail::bytes_text(file_bytes);
        if (what.dry_run) {
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
    failed_items failed_;
    std::string description_;
};

/// Writes results to a new HDF5 file, each to its place: `hdf5_writer{"fits.h5", "/fits"}`, or with names, as in
/// `hdf5_writer{.file = "fits.h5", .path = "/fits", .replace = true}`.
///
/// A struct becomes a group at `path` with one dataset for each member (or one dataset of compounds), other results one
/// dataset. Datasets have the shape of the item axes, array members add theirs: 50 x 50 loops give maps of 50 x 50.
/// Contiguous, little endian, bool and complex as h5py has them, readable by any HDF5. Attributes at `path`: the
/// compute's parameters, `source`, `compute`, `distproc_version`, yours, and `complete`: 0 until the run has ended
/// well. Where items failed and were skipped, `failed` says how many, and `failed_items` which (the lowest 4,096).
///
/// Results of variable length (a compute that returns a `std::vector`) become a group at `path` with the datasets
/// `offsets` and `values`, both without item axes: item i has values[offsets[i]] to values[offsets[i + 1] - 1]. Several
/// item axes stand in the attribute `item_shape`. Each writing rank appends to a file beside the output, and one rank
/// makes the output of these at the end (8 bytes of memory for each item); no parallel HDF5 is needed. A run that was
/// stopped leaves what it has, and empty lists elsewhere.
///
/// Choose it where the file need not be compressed. Several ranks write one file through
/// MPI-IO, which needs a parallel HDF5; `node_gather<hdf5_writer>` lets fewer ranks write, and one node with any HDF5.
///
/// Runs that are at work at the same time in one process share one HDF5, which is not thread-safe; if they also write
/// through MPI-IO, each must open and close in the same order on all ranks, or they wait for each other for ever.
///
/// `open` and `close` are collective and cost a handful of small messages; `write` communicates nothing and costs one
/// copy of the results (none where results are bare or packed) and the system calls of at most 2 * (item axes) - 1
/// boxes for each member and block; every 32 MiB the system is asked to begin with the disk. `open` throws `error` on
/// all ranks: file exists, folder missing or not writable, output is the source, units for an unknown member, several
/// ranks without a parallel HDF5.
template <bool Parallel>
struct basic_hdf5_writer {
    static constexpr std::string_view name = Parallel ? "parallel_hdf5" : "hdf5";
    static constexpr bool every_rank_writes = Parallel; ///< true: an error where it would be fewer, as in node_gather
    static constexpr bool takes_lists = !Parallel;
    static constexpr bool shares_a_file = true; ///< all writing ranks write one file

    hdf5_file_name file;                                ///< its folder must exist
    std::string path = "/results";                      ///< group of the columns, or dataset
    bool replace = false;                               ///< overwrite an existing file
    hdf5_records records = hdf5_records::columns;       ///< for struct results
    std::map<std::string, std::string> units{};         ///< of members by name; of a bare result under ""
    std::map<std::string, hdf5_attribute> attributes{}; ///< more attributes at `path`

    /// Collective.
    template <class Result, team Team>
    [[nodiscard]] auto open(const plan& what, const Team& ranks) const {
        constexpr bool lists = detail::is_list<Result>;
        const auto kind = lists ? hdf5_records::columns : records;
        detail::hdf5_target target{file.name(), path, replace, kind, units, attributes};
        target.path = detail::output_path(file.path().empty() ? path : file.path(), target, what.result);
        if constexpr (lists) {
            return list_session<detail::list_value_t<Result>, Team, detail::hdf5_list_output>(
                ranks, detail::hdf5_list_output(std::move(target)), what);
        } else {
            detail::check_sharing(ranks, name, file.name());
            if constexpr (every_rank_writes) {
                detail::check_all_write(ranks, file.name());
            }
            return hdf5_session<Result, Team>(ranks, std::move(target), what);
        }
    }

    [[nodiscard]] const std::string& output() const noexcept { return file.name(); }
    [[nodiscard]] static std::string library() { return h5::library_text(); }

    /// Of lists; see `detail::encodes`.
    template <class Result>
        requires detail::is_list<Result>
    [[nodiscard]] auto encoder(const plan&) const {
        return detail::list_encoder<detail::list_value_t<Result>>();
    }
};

using hdf5_writer = basic_hdf5_writer<false>;

/// `hdf5_writer` that never falls back to fewer writers: the same file, written by every rank. A process that was
/// started alone is every rank, whatever its executor. `open` throws `error` on all ranks also where HDF5 is serial,
/// even for one process; where the run has one rank but more processes were started (by mpirun or srun); and within
/// `node_gather`, unless each rank has a node to itself and writes.
using parallel_hdf5_writer = basic_hdf5_writer<true>;

static_assert(writer<hdf5_writer, double> && writer<parallel_hdf5_writer, double>);

} // namespace distproc
