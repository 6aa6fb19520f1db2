// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/byte_archive.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/compressed_shard/encoder.hpp>
#include <distproc/writer/compressed_shard/store.hpp>
#include <distproc/writer/shard/create.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/json.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace distproc {

/// `compressed_shard_writer` at work.
template <class Result, team Team>
class compressed_shard_session {
public:
    static constexpr bool concurrent = true;
    static constexpr bool takes_pieces = true;

    /// Collective. Throws `error` on all ranks, with the same text.
    compressed_shard_session(Team ranks, detail::shard_target target, const plan& what)
        : ranks_(std::move(ranks)), target_(std::move(target)), plan_(what) {
        std::string problem;
        attempt(problem, [&] {
            encoder_ = std::make_unique<detail::shard_encoder>(target_, plan_);
            store_ = std::make_unique<detail::shard_store>(target_, plan_);
        });
        throw_first(ranks_, problem);
        if (ranks_.rank() == 0) {
            attempt(problem, [&] { detail::create_shards(target_, plan_); });
        }
        throw_first(ranks_, problem);
        attempt(problem, [&] { check_shared(); });
        throw_first(ranks_, problem);
        describe(0);
    }

    /// Shards of an earlier run are not taken over: nothing is done.
    [[nodiscard]] static index_set done() { return {}; }

    void write(std::size_t first, std::span<const Result> results) {
        encoder_->put(first, std::as_bytes(results), results.size() / plan_.result.per_item,
                      [this](std::span<const std::byte> record) { write_record(record); });
    }
    void write_record(std::span<const std::byte> record) { store_->append(record); }
    void failed(const failed_items& items) { failed_ = items; }
    /// Brings the shards that are whole to the disk.
    void finish() { store_->publish(); }

    /// Collective. Removes shards that are not whole, brings the names of the others to the disk, then one rank sets
    /// the attribute `complete` to 1. After a failed run it throws nothing. Throws `error` on all ranks, with the same
    /// text.
    void close(outcome how) {
        const std::string open = store_->name_of_open_shard();
        store_->abandon();
        if (how == outcome::failed || plan_.dry_run) {
            return;
        }
        std::string problem;
        if (how == outcome::complete && !open.empty()) {
            problem =
                "'" + open + "' lacks items although the run is complete; the executor did not deliver all results";
        }
        attempt(problem, [&] { store_->sync_folders(); });
        const std::size_t bytes = agree(problem, how);
        if (how == outcome::complete) {
            if (ranks_.rank() == 0) {
                attempt(problem, [&] { detail::mark_shards_complete(target_, plan_, failed_); });
            }
            throw_first(ranks_, problem);
        }
        describe(bytes);
    }

    [[nodiscard]] traffic moved() const noexcept { return {store_->written(), 0, 0}; }
    [[nodiscard]] std::string description() const { return description_; }

private:
    void check_shared() const {
        for (const result_member& m : plan_.result.members) {
            const std::string document = target_.folder(plan_.result, m) + "/" + std::string(zarr::metadata_name);
            if (!plan_.dry_run && ::access(document.c_str(), R_OK) != 0) {
                zarr::throw_system_error(document, "read; the output must be on a file system that all ranks share",
                                         errno);
            }
        }
    }

    /// Collective: throws what went wrong on the lowest rank where something did, or where shards are missing. Returns
    /// the bytes that all have written.
    [[nodiscard]] std::size_t agree(const std::string& problem, outcome how) const {
        std::string mine;
        save_bytes(mine, problem);
        save_bytes(mine, store_->published());
        save_bytes(mine, store_->written());
        std::size_t shards = 0;
        std::size_t bytes = 0;
        std::string first;
        for (const std::string& one : ranks_.all_gather(mine)) {
            std::string_view rest = one;
            const auto theirs = load_bytes<std::string>(rest);
            first = first.empty() ? theirs : first;
            shards += load_bytes<std::size_t>(rest);
            bytes += load_bytes<std::size_t>(rest);
        }
        const std::size_t wanted = plan_.remaining.size() * plan_.result.members.size();
        if (first.empty() && how == outcome::complete && shards < wanted) {
            first = "'" + target_.path + "' has " + std::to_string(shards) + " of " + std::to_string(wanted) +
                    " shards although the run is complete; the executor did not deliver all results";
        }
        if (!first.empty()) {
            throw error(first);
        }
        return bytes;
    }

    void describe(std::size_t bytes) {
        const std::size_t arrays = plan_.result.members.size();
        const std::size_t shards = arrays * plan_.grid.count();
        description_ = target_.path + ", " + (arrays == 1 ? "1 array" : std::to_string(arrays) + " arrays") + " of " +
                       to_string(plan_.grid.items()) + " in " +
                       (shards == 1 ? "1 shard" : std::to_string(shards) + " shards") + ", " +
                       detail::bytes_text(plan_.grid.item_count() * plan_.result.packed_bytes) + ", compression " +
                       to_string(target_.packing);
        if (plan_.dry_run) {
            description_ += ", created and removed again (dry run)";
        } else {
            description_ += (bytes != 0 ? " to " + detail::bytes_text(bytes) : std::string()) + ", written by " +
                            (ranks_.size() == 1 ? "one rank" : std::to_string(ranks_.size()) + " ranks");
        }
    }

    Team ranks_;
    detail::shard_target target_;
    plan plan_;
    std::unique_ptr<detail::shard_encoder> encoder_;
    std::unique_ptr<detail::shard_store> store_;
    failed_items failed_;
    std::string description_;
};

} // namespace distproc
