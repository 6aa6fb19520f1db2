// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/list/records.hpp>
#include <distproc/writer/list/session.hpp>
#include <distproc/writer/shard/column.hpp>
#include <distproc/writer/shard/create.hpp>
#include <distproc/writer/shard/lists.hpp>
#include <distproc/zarr/directory.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc {

/// `shard_writer` at work.
template <class Result, team Team>
class shard_session {
public:
    static constexpr bool concurrent = false;
    /// The items of a granule may come in any number of calls, in any order, between those of other granules.
    static constexpr bool takes_pieces = true;

    shard_session(Team ranks, detail::shard_target target, const plan& what)
        : ranks_(std::move(ranks)), target_(std::move(target)), plan_(what) {
        std::string problem;
        if (ranks_.rank() == 0) {
            attempt(problem, [&] { detail::create_shards(target_, plan_); });
        }
        problem = ranks_.broadcast(std::move(problem), 0);
        if (!problem.empty()) {
            throw error(problem);
        }
        attempt(problem, [&] { open_columns(); });
        throw_first(ranks_, problem);
        describe_output();
    }

    /// Shards of an earlier run are not taken over: nothing is done.
    [[nodiscard]] static index_set done() { return {}; }

    void write(std::size_t first, std::span<const Result> results) {
        const result_layout& result = plan_.result;
        const auto* const objects = std::as_bytes(results).data();
        for (detail::shard_column& each : columns_) {
            each.put(first, objects, result.object_bytes, results.size() / result.per_item,
                     [this](std::size_t bytes) { make_room(bytes); });
        }
    }
    void failed(const failed_items& items) { failed_ = items; }
    /// Brings the shards that are whole to the disk.
    void finish() {
        for (detail::shard_column& each : columns_) {
            each.publish();
        }
    }

    /// Collective. Removes shards that are not whole, brings the names of the others to the disk, then one rank sets
    /// the attribute `complete` to 1. After a failed run it throws nothing. Throws `error` on all ranks, with the same
    /// text.
    void close(outcome how) {
        std::string problem;
        for (detail::shard_column& each : columns_) {
            if (each.has_open_shards() && how == outcome::complete && problem.empty()) {
                problem = "'" + each.name_of_open_shard() +
                          "' lacks items although the run is complete; the executor did not deliver all results";
            }
            each.abandon();
        }
        if (how != outcome::failed) {
            attempt(problem, [&] {
                for (detail::shard_column& each : columns_) {
                    each.sync_folders();
                }
            });
            throw_first(ranks_, problem);
        }
        if (how != outcome::complete || plan_.dry_run) {
            return;
        }
        if (ranks_.rank() == 0) {
            attempt(problem, [&] { detail::mark_shards_complete(target_, plan_, failed_); });
        }
        throw_first(ranks_, problem);
    }

    [[nodiscard]] traffic moved() const noexcept {
        traffic all;
        for (const detail::shard_column& each : columns_) {
            all.written += each.written();
        }
        return all;
    }
    [[nodiscard]] std::string description() const { return description_; }

private:
    void open_columns() {
        std::size_t chunks = 0;
        for (const result_member& m : plan_.result.members) {
            const std::string folder = target_.folder(plan_.result, m);
            columns_.emplace_back(folder, detail::shard_array(target_, plan_, m), m, plan_.grid.items().size());
            chunks += columns_.back().chunk_bytes();
            const std::string document = folder + "/" + std::string(zarr::metadata_name);
            if (!plan_.dry_run && ::access(document.c_str(), R_OK) != 0) {
                zarr::throw_system_error(document, "read; the output must be on a file system that all ranks share",
                                         errno);
            }
        }
        if (plan_.memory_bytes != 0 && chunks > plan_.memory_bytes) {
            throw error(
                "shard_writer: one chunk of each member of '" + target_.path + "' takes " + detail::bytes_text(chunks) +
                " together, more than the " + detail::bytes_text(plan_.memory_bytes) +
                " that a rank may use; make chunk of the writer smaller, or memory_bytes of the options larger");
        }
        most_held_ = std::max(plan_.memory_bytes / 4, 2 * chunks);
    }

    /// Before so many more bytes of unfinished chunks are held: where that is too much, all go to the files first.
    void make_room(std::size_t bytes) {
        for (const detail::shard_column& each : columns_) {
            bytes += each.held();
        }
        if (bytes > most_held_) {
            for (detail::shard_column& each : columns_) {
                each.spill();
            }
        }
    }

    void describe_output() {
        const std::size_t arrays = plan_.result.members.size();
        const std::size_t shards = arrays * plan_.grid.count();
        description_ = target_.path + ", " + (arrays == 1 ? "1 array" : std::to_string(arrays) + " arrays") + " of " +
                       to_string(plan_.grid.items()) + " in " +
                       (shards == 1 ? "1 shard" : std::to_string(shards) + " shards") + ", " +
                       detail::bytes_text(plan_.grid.item_count() * plan_.result.packed_bytes);
        if (plan_.dry_run) {
            description_ += ", created and removed again (dry run)";
        } else {
            description_ +=
                ", written by " + (ranks_.size() == 1 ? "one rank" : std::to_string(ranks_.size()) + " ranks");
        }
    }

    Team ranks_;
    detail::shard_target target_;
    plan plan_;
    std::vector<detail::shard_column> columns_;
    std::size_t most_held_ = 0;
    failed_items failed_;
    std::string description_;
};

/// Writes results to a new directory in the Zarr format, version 3: `shard_writer{"fits.zarr"}`, or with names, as in
/// `shard_writer{.path = "fits.zarr", .replace = true}`.
///
/// A struct becomes a group with one array for each member, other results one array. Arrays have the shape of the item
/// axes, array members add theirs. Each is cut into shards, one file each, and these into chunks with checksums (codecs
/// sharding_indexed, bytes and crc32c, uncompressed; `compressed_shard_writer` compresses). Attributes of the root: the
/// compute's parameters, `source`, `compute`, `distproc_version`, `item_axes`, `members`, `parameter_types`, yours, and
/// `complete`: 0 until the run has ended well; where items failed and were skipped, `failed` says how many, and
/// `failed_items` which (the lowest 4,096).
///
/// Results of variable length (a compute that returns a `std::vector`) become a group with the arrays `offsets` and
/// `values`, both without item axes: item i has values[offsets[i]] to values[offsets[i + 1] - 1]. Several item axes
/// stand in the attribute `item_shape`. Each writing rank appends to a file beside the output, and one rank makes the
/// directory of these at the end (8 bytes of memory for each item). A run that was stopped leaves what it has, and
/// empty lists elsewhere.
///
/// Choose it where several ranks or nodes write without a parallel HDF5, or where readers are zarr-python, xarray,
/// tensorstore and the like. Ranks write files of their own and do not wait for one another; a shard belongs to one
/// rank, or to a node under `node_gather`. A shard appears under its name when it is whole and durable, and those that
/// a stopped run left unfinished are removed.
///
/// Files: about the bytes / `shard_bytes`, and up to 100 more where that serves the balance of load between ranks;
/// never fewer for each member than writing ranks. `open` and `close` are collective and cost a handful of small
/// messages; `write` communicates nothing, and costs a copy of the results (none for bare results that fill a chunk)
/// and their checksum. Memory: unfinished chunks, up to a quarter of this rank's budget, or two for each member. `open`
/// throws `error` on all ranks: output exists, or holds what is no Zarr; folder missing or not writable; output is the
/// source; units for an unknown member; a chunk larger than the budget.
struct shard_writer {
    static constexpr std::string_view name = "shard";
    static constexpr bool takes_lists = true;

    std::string path;     ///< of the directory; the folder that it is in must exist
    bool replace = false; ///< remove an existing output first, if it is a Zarr directory without anything else in it
    std::size_t shard_bytes = std::size_t{64} << 20U; ///< of a file, in the mean over the members
    shape chunk{};                                    ///< items of a chunk along each item axis; none: 256 KiB to 1 MiB
    std::map<std::string, std::string> units{};       ///< of members by name; of a bare result under ""
    std::map<std::string, shard_attribute> attributes{}; ///< more attributes of the root

    [[nodiscard]] const std::string& output() const noexcept { return path; }
    /// The box of items of one shard, where so many ranks or nodes write.
    [[nodiscard]] shape grain(const result_layout& result, const shape& items, std::size_t domains) const {
        return detail::shard_grain(name, result, items, {shard_bytes, chunk, domains});
    }
    [[nodiscard]] shape grain(const result_layout& result, const shape& items) const { return grain(result, items, 1); }

    /// Collective.
    template <class Result, team Team>
    [[nodiscard]] auto open(const plan& what, const Team& ranks) const {
        detail::shard_target target{detail::without_slash(path), replace, chunk, units, attributes, {}};
        if constexpr (detail::is_list<Result>) {
            return list_session<detail::list_value_t<Result>, Team, detail::shard_list_output>(
                ranks, detail::shard_list_output(std::move(target), shard_bytes), what);
        } else {
            return shard_session<Result, Team>(ranks, std::move(target), what);
        }
    }

    /// Of lists; see `detail::encodes`.
    template <class Result>
        requires detail::is_list<Result>
    [[nodiscard]] auto encoder(const plan&) const {
        return detail::list_encoder<detail::list_value_t<Result>>();
    }
};

static_assert(writer<shard_writer, double>);

} // namespace distproc
