// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/gather_member.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

namespace distproc::detail {

/// One array of the output, a member of the results or the whole packed record, cut into chunks along the item axes.
/// Chunks at the upper edges reach beyond the array; they are numbered row-major.
class chunk_column {
public:
    /// Part of one chunk: neighbouring items.
    struct piece {
        std::size_t chunk = 0; ///< number
        std::size_t at = 0;    ///< the first item's place in the chunk, row-major
        std::size_t items = 0;
        std::size_t of_chunk = 0; ///< items that the chunk has in all
    };

    /// A member's array in chunks of `chunk` items along each axis.
    chunk_column(const shape& items, const shape& chunk, const result_member& member)
        : chunk_column(items, chunk, member.offset, member.bytes, false) {}
    /// The array of whole records.
    chunk_column(const shape& items, const shape& chunk, const result_layout& record)
        : chunk_column(items, chunk, 0, record.packed_bytes, true) {}

    /// Of a whole chunk.
    [[nodiscard]] std::size_t chunk_bytes() const noexcept { return chunk_bytes_; }

    /// The most chunks of which a part has come and a part has not, while the items of a box come in their order.
    [[nodiscard]] static std::size_t open_chunks(const shape& items, const shape& chunk, const shape& box) noexcept {
        std::size_t slow = 0; // the axis along which one chunk after the other is done
        while (slow < box.size() && std::min(box[slow], items[slow]) <= 1) {
            ++slow;
        }
        std::size_t open = 1;
        for (std::size_t d = slow + 1; d < box.size(); ++d) {
            open *= std::max<std::size_t>(1, (std::min(box[d], items[d]) + chunk[d] - 1) / chunk[d]);
        }
        return open;
    }

    /// Calls `use(piece, offset)` for the parts of items [first, first + count), in order; `offset` counts items from
    /// `first`.
    template <class Use>
    void for_each_piece(std::size_t first, std::size_t count, Use&& use) const {
        const std::size_t row = items_.back();
        for (std::size_t done = 0; done < count;) {
            const std::size_t x = (first + done) % row;
            const std::size_t chunk_end = (x / chunk_.back() + 1) * chunk_.back();
            piece p = find(first + done);
            p.items = std::min({count - done, row - x, chunk_end - x});
            use(p, done);
            done += p.items;
        }
    }

    /// Whether `items` adjacent objects are, as they lie, `items` neighbours of a chunk.
    [[nodiscard]] bool as_they_lie(const result_layout& result) const noexcept {
        return record_ ? result.packed() : bytes_ == result.object_bytes;
    }

    /// Copies what the column has of some adjacent objects into a chunk.
    void copy(const result_layout& result, const std::byte* objects, const piece& p, std::byte* chunk) const {
        std::byte* const to = chunk + p.at * bytes_;
        if (as_they_lie(result)) {
            std::memcpy(to, objects, p.items * bytes_);
        } else if (record_) {
            result.pack(objects, p.items, to);
        } else {
            gather_member(objects + offset_, result.object_bytes, p.items, bytes_, to);
        }
    }

private:
    chunk_column(const shape& items, const shape& chunk, std::size_t offset, std::size_t bytes, bool record)
        : items_(items), chunk_(chunk), offset_(offset), bytes_(bytes), record_(record),
          chunk_bytes_(volume(chunk) * bytes) {
        if (items_.empty()) {
            items_ = chunk_ = {1};
        }
        // Trailing axes that each chunk spans are one with the axis above them: longer runs.
        while (items_.size() > 1 && items_.back() == chunk_.back()) {
            const std::size_t below = items_.back();
            for (shape* const each : {&items_, &chunk_}) {
                each->pop_back();
                each->back() *= below;
            }
        }
    }

    [[nodiscard]] piece find(std::size_t item) const noexcept {
        piece p;
        p.of_chunk = 1;
        std::size_t chunks = 1;
        std::size_t stride = 1;
        for (std::size_t d = items_.size(); d-- > 0;) {
            const std::size_t x = item % items_[d];
            item /= items_[d];
            const std::size_t c = x / chunk_[d];
            p.chunk += c * chunks;
            p.at += x % chunk_[d] * stride;
            p.of_chunk *= std::min(chunk_[d], items_[d] - c * chunk_[d]);
            chunks *= (items_[d] + chunk_[d] - 1) / chunk_[d];
            stride *= chunk_[d];
        }
        return p;
    }

    shape items_; ///< with joined axes
    shape chunk_;
    std::size_t offset_; ///< in an object
    std::size_t bytes_;  ///< of an item
    bool record_;
    std::size_t chunk_bytes_;
};

} // namespace distproc::detail
