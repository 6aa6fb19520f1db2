// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/writer/chunk/column.hpp>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Which chunk of which column.
struct chunk_id {
    std::size_t column = 0;
    std::size_t number = 0;

    friend bool operator<(const chunk_id& a, const chunk_id& b) noexcept {
        return a.column != b.column ? a.column < b.column : a.number < b.number;
    }
};

/// Puts results together to whole chunks. Any number of threads bring runs of items, in any order, each item once; the
/// thread that brings a chunk's last item gets the chunk. Memory: the chunks of which a part has come.
class chunk_assembler {
public:
    chunk_assembler(const result_layout& result, std::vector<chunk_column> columns)
        : result_(result), columns_(std::move(columns)) {}

    [[nodiscard]] const std::vector<chunk_column>& columns() const noexcept { return columns_; }

    /// Takes the results of items [first, first + count) out of adjacent objects. Calls `use(chunk_id, bytes)`, in this
    /// thread, for each chunk that they make whole. A chunk that one call brings alone is not copied where it lies as
    /// it is to be.
    template <class Use>
    void put(std::size_t first, const std::byte* objects, std::size_t count, Use&& use) {
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            const chunk_column& column = columns_[c];
            column.for_each_piece(first, count, [&](const chunk_column::piece& p, std::size_t offset) {
                const std::byte* const from = objects + offset * result_.object_bytes;
                const chunk_id id{c, p.chunk};
                if (p.items * result_.object_bytes == column.chunk_bytes() && column.as_they_lie(result_)) {
                    use(id, std::span<const std::byte>(from, column.chunk_bytes()));
                    return;
                }
                open_chunk& chunk = find(id, p.of_chunk);
                column.copy(result_, from, p, chunk.data.data());
                if (chunk.left.fetch_sub(p.items, std::memory_order_acq_rel) == p.items) {
                    const std::unique_ptr<open_chunk> whole = take(id);
                    use(id, std::span<const std::byte>(whole->data.data(), column.chunk_bytes()));
                    keep_for_later(std::move(whole->data));
                }
            });
        }
    }

    /// Calls `use` for the chunks of which a part has come, in their order; the rest of them reads as zeros. After the
    /// last `put`.
    template <class Use>
    void flush(Use&& use) {
        for (const auto& [id, chunk] : std::exchange(open_, {})) {
            use(id, std::span<const std::byte>(chunk->data.data(), columns_[id.column].chunk_bytes()));
        }
        spare_.clear();
    }

private:
    struct open_chunk {
        open_chunk(aligned_buffer memory, std::size_t items) noexcept : data(std::move(memory)), left(items) {}
        aligned_buffer data;
        std::atomic<std::size_t> left; ///< items that have not come
    };

    [[nodiscard]] open_chunk& find(const chunk_id& id, std::size_t items) {
        const std::scoped_lock lock(*mutex_);
        const auto there = open_.find(id);
        if (there != open_.end()) {
            return *there->second;
        }
        const std::size_t bytes = columns_[id.column].chunk_bytes();
        aligned_buffer memory;
        if (!spare_.empty()) {
            memory = std::move(spare_.back());
            spare_.pop_back();
        }
        memory.grow(bytes);
        std::memset(memory.data(), 0, bytes);
        return *open_.emplace(id, std::make_unique<open_chunk>(std::move(memory), items)).first->second;
    }

    [[nodiscard]] std::unique_ptr<open_chunk> take(const chunk_id& id) {
        const std::scoped_lock lock(*mutex_);
        return std::move(open_.extract(id).mapped());
    }

    void keep_for_later(aligned_buffer memory) {
        const std::scoped_lock lock(*mutex_);
        if (spare_.size() < columns_.size()) {
            spare_.push_back(std::move(memory));
        }
    }

    result_layout result_;
    std::vector<chunk_column> columns_;
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>(); // sessions move
    std::map<chunk_id, std::unique_ptr<open_chunk>> open_;
    std::vector<aligned_buffer> spare_;
};

} // namespace distproc::detail
