// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/output_place.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/writer/shard/shard_file.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/metadata.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// One member of the results as an array of shards: takes runs of items in any order, and brings each chunk and each
/// shard to disk when its last item has come. One thread at a time.
class shard_column {
public:
    shard_column(std::string folder, const zarr::array_metadata& meta, const result_member& member,
                 std::size_t item_axes)
        : folder_(std::move(folder)), meta_(meta), offset_(member.offset), bytes_(member.bytes),
          chunk_bytes_(meta.chunk_data_bytes()),
          items_(meta.extents.begin(), meta.extents.begin() + static_cast<std::ptrdiff_t>(item_axes)),
          box_(meta.shard.begin(), meta.shard.begin() + static_cast<std::ptrdiff_t>(item_axes)),
          chunk_(meta.chunk.begin(), meta.chunk.begin() + static_cast<std::ptrdiff_t>(item_axes)) {
        for (std::size_t d = 0; d < items_.size(); ++d) {
            tiles_.push_back((items_[d] + box_[d] - 1) / box_[d]);
        }
        if (items_.empty()) {
            items_ = box_ = chunk_ = {1};
        }
        // Trailing axes that each chunk spans are one with the axis above them: longer runs.
        while (items_.size() > 1 && items_.back() == box_.back() && items_.back() == chunk_.back()) {
            const std::size_t below = items_.back();
            for (shape* const each : {&items_, &box_, &chunk_}) {
                each->pop_back();
                each->back() *= below;
            }
        }
    }

    [[nodiscard]] std::size_t chunk_bytes() const noexcept { return chunk_bytes_; }
    [[nodiscard]] std::size_t written() const noexcept { return written_; }
    /// Bytes of chunks of which a part has come, and of those that wait to be used again.
    [[nodiscard]] std::size_t held() const noexcept { return held_; }
    [[nodiscard]] bool has_open_shards() const noexcept { return !open_.empty(); }
    [[nodiscard]] std::string name_of_open_shard() const { return open_.begin()->second->path(); }

    /// Takes the results of items [first, first + count) out of adjacent objects. `make_room(bytes)` is called before
    /// so many more bytes are held.
    template <class MakeRoom>
    void put(std::size_t first, const std::byte* objects, std::size_t stride, std::size_t count, MakeRoom&& make_room) {
        const std::size_t row = items_.back();
        while (count != 0) {
            const std::size_t x = first % row;
            const std::size_t chunk_end =
                x / box_.back() * box_.back() + (x % box_.back() / chunk_.back() + 1) * chunk_.back();
            const std::size_t length = std::min({count, row - x, chunk_end - x});
            put_piece(first, objects, stride, length, make_room);
            first += length;
            objects += length * stride;
            count -= length;
        }
    }

    /// Brings what is held into the files, and frees it.
    void spill() {
        for (auto& [number, shard] : open_) {
            for (auto& [chunk, what] : shard->chunks) {
                if (what.has_memory()) {
                    shard->spill_chunk(chunk, what);
                    written_ += chunk_bytes_;
                    (void)what.take_memory();
                }
            }
        }
        spare_.clear();
        held_ = 0;
    }

    /// Makes all shards that are whole durable, under their names.
    void publish() {
        while (!whole_.empty()) {
            publish_one();
        }
    }

    /// Removes what is not durable.
    void abandon() noexcept {
        open_.clear();
        whole_.clear();
        spare_.clear();
        held_ = 0;
    }

    /// Brings the names of the shards to the disk.
    void sync_folders() {
        for (const std::string& folder : std::exchange(folders_, {})) {
            sync_to_disk(folder);
        }
    }

private:
    // Shards wait a little before they are made durable: while the disk takes one the next is filled, and the file
    // system commits small ones together.
    static constexpr std::size_t most_whole = 8;
    static constexpr std::size_t most_whole_bytes = std::size_t{64} << 20U;

    void publish_one() {
        const std::unique_ptr<shard_file> oldest = std::move(whole_.front());
        whole_.erase(whole_.begin());
        whole_bytes_ -= oldest->bytes();
        oldest->publish();
    }

    struct piece_place {
        std::size_t shard = 0;    ///< number in the grid of shards
        std::size_t chunk = 0;    ///< number among those present in it
        std::size_t at = 0;       ///< item of the chunk
        std::size_t of_chunk = 1; ///< items that the chunk has
        std::size_t of_shard = 1; ///< items that the shard has
        shape index;              ///< of the shard, in the joined axes
        shape present;            ///< chunks of the shard, along each
    };

    [[nodiscard]] piece_place find(std::size_t item) const {
        const std::size_t rank = items_.size();
        piece_place p;
        p.index.resize(rank);
        p.present.resize(rank);
        std::size_t shards = 1;
        std::size_t chunks = 1;
        std::size_t stride = 1;
        for (std::size_t d = rank; d-- > 0;) {
            const std::size_t x = item % items_[d];
            item /= items_[d];
            p.index[d] = x / box_[d];
            const std::size_t extent = std::min(box_[d], items_[d] - p.index[d] * box_[d]); // of this shard
            const std::size_t in_shard = x % box_[d];
            const std::size_t c = in_shard / chunk_[d];
            p.present[d] = (extent + chunk_[d] - 1) / chunk_[d];
            p.shard += p.index[d] * shards;
            p.chunk += c * chunks;
            p.at += in_shard % chunk_[d] * stride;
            p.of_chunk *= std::min(chunk_[d], extent - c * chunk_[d]);
            p.of_shard *= extent;
            shards *= (items_[d] + box_[d] - 1) / box_[d];
            chunks *= p.present[d];
            stride *= chunk_[d];
        }
        return p;
    }

    template <class MakeRoom>
    void put_piece(std::size_t item, const std::byte* objects, std::size_t stride, std::size_t count,
                   MakeRoom& make_room) {
        const piece_place p = find(item);
        auto& slot = open_[p.shard];
        if (!slot) {
            slot = open_shard(p);
        }
        shard_file& shard = *slot;
        const std::byte* const from = objects + offset_;
        if (stride == bytes_ && count * bytes_ == chunk_bytes_) { // a whole chunk, as it lies
            written_ += shard.write_chunk(p.chunk, {from, chunk_bytes_});
        } else {
            put_part(shard, p, from, stride, count, make_room);
        }
        shard.take(count);
        if (shard.left() == 0) {
            written_ += shard.end();
            whole_bytes_ += shard.bytes();
            whole_.push_back(std::move(open_.extract(p.shard).mapped()));
            while (whole_.size() > most_whole || (whole_.size() > 1 && whole_bytes_ > most_whole_bytes)) {
                publish_one();
            }
        }
    }

    template <class MakeRoom>
    void put_part(shard_file& shard, const piece_place& p, const std::byte* from, std::size_t stride, std::size_t count,
                  MakeRoom& make_room) {
        const auto is = [&](const auto& c) { return c.first == p.chunk; };
        auto found = std::find_if(shard.chunks.rbegin(), shard.chunks.rend(), is); // the newest is the likeliest
        if (found == shard.chunks.rend()) {
            shard.chunks.emplace_back(p.chunk, open_chunk(p.of_chunk, chunk_bytes_));
            found = shard.chunks.rbegin();
        }
        open_chunk& chunk = found->second;
        if (!chunk.has_memory()) {
            if (spare_.empty()) {
                make_room(chunk_bytes_);
                spare_.emplace_back(chunk_bytes_);
                held_ += chunk_bytes_;
            }
            chunk.give_memory(std::move(spare_.back()));
            spare_.pop_back();
        }
        chunk.put(p.at, from, stride, count, bytes_);
        if (chunk.complete()) {
            written_ += shard.finish_chunk(p.chunk, chunk);
            spare_.push_back(chunk.take_memory());
            shard.chunks.erase(std::next(found).base());
        }
    }

    [[nodiscard]] std::unique_ptr<shard_file> open_shard(const piece_place& p) {
        shape index(tiles_.size());
        std::size_t rest = p.shard;
        for (std::size_t d = tiles_.size(); d-- > 0;) {
            index[d] = rest % tiles_[d];
            rest /= tiles_[d];
        }
        index.resize(meta_.extents.size(), 0); // a shard spans the extents of the member
        const std::string path = folder_ + "/" + meta_.key(index);
        for (std::size_t slash = folder_.size(); (slash = path.find('/', slash)) != std::string::npos; ++slash) {
            const std::string folder = path.substr(0, slash);
            if (folders_.insert(folder).second) {
                zarr::make_folder(folder);
            }
        }
        shard_form form{p.present, {}, chunk_bytes_, meta_.sharded};
        for (std::size_t d = 0; d < box_.size(); ++d) {
            form.grid.push_back(box_[d] / chunk_[d]);
        }
        return std::make_unique<shard_file>(path, std::move(form), p.of_shard);
    }

    std::string folder_;
    zarr::array_metadata meta_;
    std::size_t offset_; ///< of the member in an object
    std::size_t bytes_;  ///< of the member
    std::size_t chunk_bytes_;
    shape tiles_; ///< shards along each item axis
    shape items_; ///< this and the next two with joined axes
    shape box_;
    shape chunk_;
    std::map<std::size_t, std::unique_ptr<shard_file>> open_;
    std::vector<std::unique_ptr<shard_file>> whole_; ///< not durable yet
    std::size_t whole_bytes_ = 0;
    std::vector<aligned_buffer> spare_;
    std::size_t held_ = 0;
    std::size_t written_ = 0;
    std::set<std::string> folders_;
};

} // namespace distproc::detail
