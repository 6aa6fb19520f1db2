// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/output_place.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/writer/chunk/encoded.hpp>
#include <distproc/writer/compressed_shard/encoder.hpp>
#include <distproc/writer/compressed_shard/packed_shard.hpp>
#include <distproc/writer/shard/create.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/metadata.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// The shards that one rank writes, of all members. Any number of threads bring records of encoded chunks, in any
/// order; a shard is ended when its last chunk has come.
class shard_store {
public:
    shard_store(const shard_target& target, const plan& what) {
        for (const result_member& m : what.result.members) {
            const zarr::array_metadata a = shard_array(target, what, m);
            columns_.push_back({target.folder(what.result, m), a,
                                shard_grid(what.grid.items(), item_part(a.shard, what), item_part(a.chunk, what))});
        }
    }

    /// Writes a chunk to its shard, in the calling thread. The thread that brings the last chunk of a shard may have to
    /// wait for the disk to take an earlier one.
    void append(std::span<const std::byte> record) {
        const auto [head, chunk] = split_record(record);
        const shard_grid::place place = columns_[head.column].grid.find(head.number);
        packed_shard* shard = nullptr;
        std::uint64_t at = 0;
        {
            const std::scoped_lock lock(mutex_);
            shard = &find({head.column, place.shard});
            at = shard->reserve(place.slot, chunk.size());
        }
        shard->write(at, chunk);
        written_ += chunk.size();
        std::unique_ptr<packed_shard> whole;
        {
            const std::scoped_lock lock(mutex_);
            if (!shard->done()) {
                return;
            }
            whole = std::move(open_.extract({head.column, place.shard}).mapped());
        }
        written_ += whole->end();
        for (const auto& each : take_oldest(std::move(whole))) {
            each->publish();
            ++published_;
        }
    }

    /// Makes all shards that are whole durable, under their names; after the last `append`.
    void publish() {
        for (const auto& each : std::exchange(whole_, {})) {
            each->publish();
            ++published_;
        }
        whole_bytes_ = 0;
    }
    /// Removes what is not durable.
    void abandon() noexcept {
        open_.clear();
        whole_.clear();
    }
    /// Brings the names of the shards to the disk.
    void sync_folders() {
        for (const std::string& folder : std::exchange(folders_, {})) {
            sync_to_disk(folder);
        }
    }

    [[nodiscard]] std::size_t written() const noexcept { return written_; }
    [[nodiscard]] std::size_t published() const noexcept { return published_; }
    /// A shard of which a part has come; empty where there is none.
    [[nodiscard]] std::string name_of_open_shard() const { return open_.empty() ? "" : open_.begin()->second->path(); }

private:
    // As in `shard_column`: while the disk takes one shard the next is filled.
    static constexpr std::size_t most_whole = 8;
    static constexpr std::size_t most_whole_bytes = std::size_t{64} << 20U;

    struct column {
        std::string folder;
        zarr::array_metadata array;
        shard_grid grid;
    };
    using shard_id = std::pair<std::size_t, std::size_t>; ///< column, number

    [[nodiscard]] packed_shard& find(const shard_id& id) {
        auto found = open_.find(id);
        if (found == open_.end()) {
            found = open_.emplace(id, open_shard(columns_[id.first], id.second)).first;
        }
        return *found->second;
    }

    [[nodiscard]] std::unique_ptr<packed_shard> open_shard(const column& in, std::size_t number) {
        shape index = in.grid.index(number);
        index.resize(in.array.extents.size(), 0); // a shard spans the extents of the member
        const std::string path = in.folder + "/" + in.array.key(index);
        for (std::size_t slash = in.folder.size(); (slash = path.find('/', slash)) != std::string::npos; ++slash) {
            const std::string folder = path.substr(0, slash);
            if (folders_.insert(folder).second) {
                zarr::make_folder(folder);
            }
        }
        return std::make_unique<packed_shard>(path, in.grid.slots(), in.grid.present(number), in.array.sharded);
    }

    /// Shards whose turn it is to be made durable.
    [[nodiscard]] std::vector<std::unique_ptr<packed_shard>> take_oldest(std::unique_ptr<packed_shard> newest) {
        const std::scoped_lock lock(mutex_);
        whole_bytes_ += newest->bytes();
        whole_.push_back(std::move(newest));
        std::vector<std::unique_ptr<packed_shard>> oldest;
        while (whole_.size() > most_whole || (whole_.size() > 1 && whole_bytes_ > most_whole_bytes)) {
            whole_bytes_ -= whole_.front()->bytes();
            oldest.push_back(std::move(whole_.front()));
            whole_.erase(whole_.begin());
        }
        return oldest;
    }

    std::vector<column> columns_;
    std::mutex mutex_;
    std::map<shard_id, std::unique_ptr<packed_shard>> open_;
    std::vector<std::unique_ptr<packed_shard>> whole_; ///< not durable yet
    std::uint64_t whole_bytes_ = 0;
    std::set<std::string> folders_;
    std::atomic<std::size_t> written_{0};
    std::atomic<std::size_t> published_{0};
};

} // namespace distproc::detail
