// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/crc32c.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/function_ref.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/zarr/byte_codecs.hpp>
#include <distproc/zarr/chunk_codec.hpp>
#include <distproc/zarr/data_type.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/metadata.hpp>
#include <distproc/zarr/shard_index.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// The chunks of one array, read from its shards: checksums verified, unpacked, byte order that of the machine. Keeps
/// some shards open with their index, and the chunks that were used last. What a damaged file or index claims costs no
/// more memory than about twice a chunk for each thread that reads. For any number of threads.
class chunk_store {
public:
    chunk_store(std::string folder, zarr::array_metadata meta, std::size_t cached_bytes)
        : folder_(std::move(folder)), meta_(std::move(meta)), chunk_bytes_(meta_.chunk_data_bytes()),
          most_cached_(std::max<std::size_t>(1, cached_bytes / std::max<std::size_t>(1, chunk_bytes_))),
          shared_(std::make_unique<shared_state>()) {}

    [[nodiscard]] const zarr::array_metadata& meta() const noexcept { return meta_; }

    /// Reads a chunk, given by its place in the grid of all chunks, to `out`. Returns the bytes read from files,
    /// checksums not counted.
    std::size_t read(const shape& place, std::span<std::byte> out) {
        const std::shared_ptr<const shard_entry> found = find_shard(place);
        const shard_entry& shard = *found;
        const std::size_t number = number_in_shard(place);
        if (!shard.from.valid() || shard.index[number].absent()) {
            fill(out);
            return 0;
        }
        std::size_t bytes = 0;
        try {
            bytes = read(shard.from, shard.index[number], out);
        } catch (const damaged_chunk& e) {
            throw error("'" + shard.from.name() + "': chunk " + std::to_string(number) + " (" + grid_text(place) +
                        " of the array) " + e.what() + "; the file is damaged, write it again or restore it");
        }
        if (meta_.chunk_codecs.big_endian) {
            zarr::swap_words(out, zarr::word_bytes(meta_.kind));
        }
        return bytes;
    }

    /// The same for `use`, kept here until others have taken its place. One thread at a time.
    std::size_t use_cached(const shape& place, function_ref<void(const std::byte*)> use) {
        const std::scoped_lock lock(shared_->caching);
        auto& cache = shared_->cache;
        std::size_t bytes = 0;
        const auto found = std::find_if(cache.begin(), cache.end(), [&](const auto& c) { return c.first == place; });
        if (found != cache.end()) {
            cache.splice(cache.begin(), cache, found);
        } else {
            aligned_buffer memory;
            if (cache.size() >= most_cached_) {
                memory = std::move(cache.back().second);
                cache.pop_back();
            }
            memory.grow(chunk_bytes_);
            bytes = read(place, {memory.data(), chunk_bytes_});
            cache.emplace_front(place, std::move(memory));
        }
        use(cache.front().second.data());
        return bytes;
    }

private:
    static constexpr std::size_t most_open = 16;

    struct shard_entry {
        shape place;
        zarr::file from; ///< not valid where there is no file: all is fill value
        std::vector<zarr::chunk_place> index;
    };

    struct damaged_chunk : error {
        using error::error;
    };

    /// What one thread needs to unpack a chunk.
    struct bench {
        explicit bench(const zarr::byte_codecs& codecs) : unpacker(codecs) {}
        zarr::chunk_unpacker unpacker;
        aligned_buffer encoded;
    };

    struct shared_state {
        std::mutex opening;
        std::list<std::shared_ptr<const shard_entry>> open;
        std::mutex resting;
        std::vector<std::unique_ptr<bench>> benches; ///< that nobody uses
        std::mutex caching;                          ///< may be held while the others are taken
        std::list<std::pair<shape, aligned_buffer>> cache;
    };

    /// Returns the bytes read, without a checksum.
    [[nodiscard]] std::size_t read(const zarr::file& from, const zarr::chunk_place& where, std::span<std::byte> out) {
        const zarr::byte_codecs& codecs = meta_.chunk_codecs;
        if (!codecs.compressed()) {
            std::array<std::byte, 4> sum{};
            const std::span<std::byte> tail = std::span(sum).first(codecs.extra_bytes());
            from.read(where.offset, out, tail);
            if (codecs.checksum && zarr::load_number<4>(sum.data(), false) != crc32c(out)) {
                throw damaged_chunk("has a wrong checksum");
            }
            return out.size();
        }
        const auto bytes = static_cast<std::size_t>(where.bytes);
        std::unique_ptr<bench> mine = take_bench();
        mine->encoded.grow(bytes);
        const std::span<std::byte> encoded(mine->encoded.data(), bytes);
        from.read(where.offset, encoded);
        try {
            mine->unpacker.unpack(encoded, out);
        } catch (const error& e) {
            throw damaged_chunk(e.what());
        }
        const std::scoped_lock lock(shared_->resting);
        shared_->benches.push_back(std::move(mine));
        return bytes - codecs.extra_bytes();
    }

    [[nodiscard]] std::unique_ptr<bench> take_bench() {
        const std::scoped_lock lock(shared_->resting);
        if (shared_->benches.empty()) {
            return std::make_unique<bench>(meta_.chunk_codecs);
        }
        std::unique_ptr<bench> one = std::move(shared_->benches.back());
        shared_->benches.pop_back();
        return one;
    }

    [[nodiscard]] std::shared_ptr<const shard_entry> find_shard(const shape& chunk) {
        shape place(chunk.size());
        for (std::size_t d = 0; d < chunk.size(); ++d) {
            place[d] = chunk[d] / (meta_.shard[d] / meta_.chunk[d]);
        }
        const std::scoped_lock lock(shared_->opening);
        auto& open = shared_->open;
        const auto found = std::find_if(open.begin(), open.end(), [&](const auto& s) { return s->place == place; });
        if (found != open.end()) {
            open.splice(open.begin(), open, found);
            return open.front();
        }
        if (open.size() >= most_open) {
            open.pop_back();
        }
        auto entry = std::make_shared<shard_entry>(
            shard_entry{place, zarr::file::open_if_there(folder_ + "/" + meta_.key(place)), {}});
        if (entry->from.valid()) {
            entry->index = read_index(entry->from);
        }
        return open.emplace_front(std::move(entry));
    }

    [[nodiscard]] std::vector<zarr::chunk_place> read_index(const zarr::file& from) const {
        const std::uint64_t file_bytes = from.size();
        const zarr::byte_codecs& codecs = meta_.chunk_codecs;
        if (!meta_.sharded) {
            const std::uint64_t most = codecs.most_bytes(chunk_bytes_);
            if (file_bytes < codecs.least_bytes(chunk_bytes_) || file_bytes > most) {
                throw error("'" + from.name() + "' has " + std::to_string(file_bytes) + " bytes, but a chunk has " +
                            (codecs.compressed() ? "at most " : "") + std::to_string(most) +
                            "; the file is damaged, write it again or restore it");
            }
            return {{0, file_bytes}};
        }
        const std::size_t chunks = meta_.chunks_in_shard();
        const std::uint64_t index_bytes = std::uint64_t{chunks} * 16 + meta_.index_codecs.extra_bytes();
        std::vector<std::byte> bytes(index_bytes <= file_bytes ? index_bytes : 0); // a shorter file is said there
        from.read(meta_.index_at_end ? file_bytes - bytes.size() : 0, bytes);
        return zarr::decode_index(bytes, {chunks, chunk_bytes_, codecs, file_bytes, meta_.index_codecs, from.name()});
    }

    /// Row-major among the chunks of its shard.
    [[nodiscard]] std::size_t number_in_shard(const shape& chunk) const {
        std::size_t number = 0;
        for (std::size_t d = 0; d < chunk.size(); ++d) {
            const std::size_t count = meta_.shard[d] / meta_.chunk[d];
            number = number * count + chunk[d] % count;
        }
        return number;
    }

    void fill(std::span<std::byte> out) const {
        const std::size_t step = meta_.fill.size();
        for (std::size_t at = 0; at + step <= out.size(); at += step) {
            std::memcpy(out.data() + at, meta_.fill.data(), step);
        }
    }

    [[nodiscard]] static std::string grid_text(const shape& place) {
        std::string text;
        for (const std::size_t index : place) {
            text += (text.empty() ? "(" : ", ") + std::to_string(index);
        }
        return text.empty() ? "()" : text + ")";
    }

    std::string folder_;
    zarr::array_metadata meta_;
    std::size_t chunk_bytes_;
    std::size_t most_cached_;
    std::unique_ptr<shared_state> shared_;
};

} // namespace distproc::detail
