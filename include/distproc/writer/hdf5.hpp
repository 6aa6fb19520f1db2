// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/describe.hpp>
#include <distproc/h5/file_name.hpp>
#include <distproc/h5/library.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/lists.hpp>
#include <distproc/writer/hdf5/session.hpp>
#include <distproc/writer/list/records.hpp>
#include <distproc/writer/list/session.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace distproc {

/// Writes results to an HDF5 file, each to its place: `hdf5_writer{"fits.h5", "/fits"}`, or with names, as in
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
/// An output of an interrupted run of the same work is gone on with, see docs/guarantees.md: while a run lasts a folder
/// beside the file, "fits.h5.journal", keeps what is on the disk (results of fixed size). It costs a commit (fdatasync
/// of the output and of a log) now and then, see `options::commit_seconds`, and a sample of the source at the start.
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
/// all ranks: file exists and is of other work, or is being written by another run, folder missing or not writable,
/// output is the source, units for an unknown member, several ranks without a parallel HDF5.
template <bool Parallel>
struct basic_hdf5_writer {
    static constexpr std::string_view name = Parallel ? "parallel_hdf5" : "hdf5";
    static constexpr bool every_rank_writes = Parallel; ///< true: an error where it would be fewer, as in node_gather
    static constexpr bool takes_lists = !Parallel;
    static constexpr bool resumes = true;       ///< but not with lists
    static constexpr bool shares_a_file = true; ///< all writing ranks write one file

    hdf5_file_name file;                                ///< its folder must exist
    std::string path = "/results";                      ///< group of the columns, or dataset
    bool replace = false;                               ///< overwrite an existing file, rather than go on with it
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
