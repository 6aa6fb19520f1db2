// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/shape.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/shard_index.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Which shard a chunk is in, and its place in the shard's index. Numbers are row-major: of chunks in the array, of
/// shards in the array, of places in a shard.
class shard_grid {
public:
    struct place {
        std::size_t shard = 0;
        std::size_t slot = 0;
    };

    shard_grid(const shape& items, const shape& shard, const shape& chunk) : per_shard_(items.size()) {
        for (std::size_t d = 0; d < items.size(); ++d) {
            chunks_.push_back((items[d] + chunk[d] - 1) / chunk[d]);
            per_shard_[d] = shard[d] / chunk[d];
            shards_.push_back((items[d] + shard[d] - 1) / shard[d]);
        }
    }

    [[nodiscard]] std::size_t shards() const { return volume(shards_); }
    /// Places in the index of a shard.
    [[nodiscard]] std::size_t slots() const { return volume(per_shard_); }

    [[nodiscard]] place find(std::size_t chunk) const noexcept {
        place p;
        std::size_t shards = 1;
        std::size_t slots = 1;
        for (std::size_t d = chunks_.size(); d-- > 0;) {
            const std::size_t c = chunk % chunks_[d];
            chunk /= chunks_[d];
            p.shard += c / per_shard_[d] * shards;
            p.slot += c % per_shard_[d] * slots;
            shards *= shards_[d];
            slots *= per_shard_[d];
        }
        return p;
    }
    /// Index of a shard along each axis.
    [[nodiscard]] shape index(std::size_t shard) const {
        shape at(shards_.size());
        for (std::size_t d = at.size(); d-- > 0;) {
            at[d] = shard % shards_[d];
            shard /= shards_[d];
        }
        return at;
    }
    /// Chunks of a shard that hold items.
    [[nodiscard]] std::size_t present(std::size_t shard) const {
        const shape at = index(shard);
        std::size_t count = 1;
        for (std::size_t d = 0; d < at.size(); ++d) {
            count *= std::min(per_shard_[d], chunks_[d] - at[d] * per_shard_[d]);
        }
        return count;
    }

private:
    shape chunks_;
    shape per_shard_;
    shape shards_;
};

/// A shard of chunks of any length on its way to disk: they lie in the order in which they come, the index behind them
/// (codec sharding_indexed, section "Binary shard format"), under a temporary name until it is whole and durable. The
/// destructor removes what is not.
class packed_shard {
public:
    /// `indexed` false: its one chunk is all.
    packed_shard(std::string path, std::size_t slots, std::size_t chunks, bool indexed)
        : path_(std::move(path)), to_(zarr::file::create(path_ + ".part")), places_(slots), left_(chunks),
          indexed_(indexed) {}
    packed_shard(const packed_shard&) = delete;
    packed_shard& operator=(const packed_shard&) = delete;
    ~packed_shard() {
        if (to_.valid()) {
            ::unlink(to_.name().c_str());
        }
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return end_; }

    /// Where a chunk is to be written. One thread at a time, as `done` and what follows.
    [[nodiscard]] std::uint64_t reserve(std::size_t slot, std::size_t bytes) {
        places_[slot] = {end_, bytes};
        return std::exchange(end_, end_ + bytes);
    }
    /// For any number of threads.
    void write(std::uint64_t at, std::span<const std::byte> chunk) const { to_.write(at, chunk); }
    /// A chunk has been written; true where it was the last.
    [[nodiscard]] bool done() noexcept { return --left_ == 0; }

    /// Writes the index, and lets the system begin to bring the file to the disk. Returns the bytes of the index.
    std::size_t end() {
        std::size_t bytes = 0;
        if (indexed_) {
            const std::vector<std::byte> index = zarr::encode_index(places_);
            to_.write(end_, index);
            bytes = index.size();
        }
        to_.begin_sync();
        return bytes;
    }
    /// Makes the file durable and gives it its name.
    void publish() {
        to_.sync();
        zarr::rename_to(to_.name(), path_);
        zarr::file done = std::move(to_);
        done.close();
    }

private:
    std::string path_;
    zarr::file to_;
    std::vector<zarr::chunk_place> places_;
    std::uint64_t end_ = 0;
    std::size_t left_; ///< chunks that have not been written
    bool indexed_;
};

} // namespace distproc::detail
