// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/crc32c.hpp>
#include <distproc/core/gather_member.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/shard_index.hpp>

#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// An inner chunk that is being put together. Its bytes come in pieces, in any order, each once.
///
/// What has not come reads as zeros, here and in the file. So a chunk that must give its memory back is joined with
/// what the file has of it by or, and nobody keeps a list of the pieces.
class open_chunk {
public:
    /// `items` is what will come, `bytes` the size of the chunk; `memory` is taken up.
    open_chunk(std::size_t items, std::size_t bytes) noexcept : left_(items), bytes_(bytes) {}

    [[nodiscard]] bool has_memory() const noexcept { return data_.data() != nullptr; }
    void give_memory(aligned_buffer memory) noexcept {
        data_ = std::move(memory);
        prefix_ = 0;
        dense_ = false;
    }
    [[nodiscard]] aligned_buffer take_memory() noexcept { return std::move(data_); }

    /// Copies a member of `count` adjacent objects to place `at` of the chunk.
    void put(std::size_t at, const std::byte* objects, std::size_t stride, std::size_t count, std::size_t bytes) {
        if (at * bytes != prefix_) {
            fill();
        }
        if (stride == bytes) {
            std::memcpy(data_.data() + at * bytes, objects, count * bytes);
        } else {
            gather_member(objects, stride, count, bytes, data_.data() + at * bytes);
        }
        prefix_ += dense_ ? 0 : count * bytes;
        left_ -= count;
    }
    [[nodiscard]] bool complete() const noexcept { return left_ == 0; }

    /// Zeros where nothing has come.
    void fill() noexcept {
        if (!dense_) {
            std::memset(data_.data() + prefix_, 0, bytes_ - prefix_);
            dense_ = true;
        }
    }
    [[nodiscard]] std::span<std::byte> data() const noexcept { return {data_.data(), bytes_}; }

    bool in_file = false; ///< a part of it

private:
    aligned_buffer data_;
    std::size_t left_;
    std::size_t bytes_;
    std::size_t prefix_ = 0; ///< bytes that have come without a gap, until `dense_`
    bool dense_ = false;     ///< zeros are written behind them
};

/// Where a shard's chunks lie in its file, which is being written. All chunks that hold items of the array are there,
/// in row-major order, each with its checksum behind it, then the index: codec sharding_indexed, section "Binary shard
/// format"; codec crc32c, section "Format and algorithm".
struct shard_form {
    shape present;               ///< chunks that hold items, along each axis
    shape grid;                  ///< chunks of a whole shard
    std::size_t chunk_bytes = 0; ///< without checksum
    bool indexed = true;         ///< false: one chunk is all
};

/// A shard on its way to disk: under a temporary name until it is whole and durable. The destructor removes what is
/// not.
class shard_file {
public:
    shard_file(std::string path, shard_form form, std::size_t items)
        : path_(std::move(path)), form_(std::move(form)), left_(items), to_(zarr::file::create(path_ + ".part")) {}
    shard_file(const shard_file&) = delete;
    shard_file& operator=(const shard_file&) = delete;
    ~shard_file() {
        if (to_.valid()) {
            ::unlink(to_.name().c_str());
        }
    }

    [[nodiscard]] const shard_form& form() const noexcept { return form_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Items that have not come yet.
    [[nodiscard]] std::size_t left() const noexcept { return left_; }
    void take(std::size_t items) noexcept { left_ -= items; }

    /// The chunks of which a part has come, by number among those present.
    std::vector<std::pair<std::size_t, open_chunk>> chunks;

    /// Writes a whole chunk. Returns the bytes.
    std::size_t write_chunk(std::size_t number, std::span<const std::byte> data) const {
        std::array<std::byte, 4> sum{};
        zarr::store_number<4>(crc32c(data), sum.data());
        to_.write(place(number), data, sum);
        return data.size() + sum.size();
    }

    /// Brings a chunk of which all has come into the file.
    std::size_t finish_chunk(std::size_t number, open_chunk& chunk) {
        chunk.fill();
        merge(number, chunk);
        return write_chunk(number, chunk.data());
    }

    /// Brings a part of a chunk into the file, so that its memory can be used for others.
    void spill_chunk(std::size_t number, open_chunk& chunk) {
        chunk.fill();
        merge(number, chunk);
        to_.write(place(number), chunk.data());
        chunk.in_file = true;
    }

    /// Writes the index, and lets the system begin to bring the file to the disk. Returns the bytes of the index.
    std::size_t end() {
        std::size_t bytes = 0;
        if (form_.indexed) {
            const std::vector<std::byte> index = zarr::encode_index(places());
            to_.write(place(volume(form_.present)), index);
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

    /// Of the file, when it is whole.
    [[nodiscard]] std::size_t bytes() const { return volume(form_.present) * (form_.chunk_bytes + 4); }

private:
    [[nodiscard]] std::uint64_t place(std::size_t number) const noexcept {
        return std::uint64_t{number} * (form_.chunk_bytes + 4);
    }

    void merge(std::size_t number, open_chunk& chunk) {
        if (!chunk.in_file) {
            return;
        }
        old_.grow(form_.chunk_bytes);
        const std::span<std::byte> in_file(old_.data(), form_.chunk_bytes);
        to_.read(place(number), in_file);
        const std::byte* before = in_file.data();
        std::byte* now =
            chunk.data().data(); // a plain loop: builds without optimisation spent their time in std::transform
        for (std::size_t i = 0; i < form_.chunk_bytes; ++i) {
            now[i] |= before[i];
        }
    }

    [[nodiscard]] std::vector<zarr::chunk_place> places() const {
        std::vector<zarr::chunk_place> all(volume(form_.grid));
        const std::size_t rank = form_.grid.size();
        const std::size_t count = volume(form_.present);
        for (std::size_t number = 0; number < count; ++number) {
            std::size_t rest = number;
            std::size_t slot = 0;
            std::size_t stride = 1;
            for (std::size_t d = rank; d-- > 0;) {
                slot += rest % form_.present[d] * stride;
                rest /= form_.present[d];
                stride *= form_.grid[d];
            }
            all[slot] = {place(number), form_.chunk_bytes + 4};
        }
        return all;
    }

    std::string path_;
    shard_form form_;
    std::size_t left_;
    zarr::file to_;
    aligned_buffer old_;
};

} // namespace distproc::detail
