// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/writer/chunk/assembler.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace distproc::detail {

/// What stands before a chunk's bytes in a record.
struct chunk_head {
    std::uint64_t number = 0;
    std::uint32_t column = 0;
    std::uint32_t left_out = 0; ///< filters that were not applied, a bit for each
    std::uint64_t bytes = 0;    ///< that follow
    std::uint64_t partial = 0;  ///< 1: items are missing, and read as zeros
};

/// A record: a head and the bytes of an encoded chunk.
[[nodiscard]] inline std::pair<chunk_head, std::span<const std::byte>>
split_record(std::span<const std::byte> record) noexcept {
    chunk_head head;
    std::memcpy(&head, record.data(), sizeof head);
    return {head, record.subspan(sizeof head)};
}

/// Turns results into records of encoded chunks, on the threads that computed them. A `Codec` has `workspace` (one for
/// each thread at a time, from `make_workspace()`), `most_bytes(column, bytes)`, and `encode(workspace, column, chunk,
/// to)`, which writes the encoded chunk and sets `bytes` and `left_out` of the head that it returns.
template <class Codec>
class chunk_encoder {
public:
    chunk_encoder(Codec codec, const result_layout& result, std::vector<chunk_column> columns)
        : codec_(std::move(codec)), chunks_(result, std::move(columns)) {
        for (std::size_t c = 0; c < chunks_.columns().size(); ++c) {
            most_bytes_ =
                std::max(most_bytes_, sizeof(chunk_head) + codec_.most_bytes(c, chunks_.columns()[c].chunk_bytes()));
        }
    }

    /// Of a record.
    [[nodiscard]] std::size_t most_bytes() const noexcept { return most_bytes_; }

    /// Takes the results of some items; for any number of threads. Calls `emit(record)` in this thread for each chunk
    /// that they make whole.
    template <class Emit>
    void put(std::size_t first, std::span<const std::byte> objects, std::size_t count, Emit&& emit) {
        chunks_.put(first, objects.data(), count,
                    [&](const chunk_id& id, std::span<const std::byte> chunk) { encode(id, chunk, emit); });
    }

    /// The chunks of which a part has come, the rest of them zeros; after the last `put`, by one thread.
    template <class Emit>
    void flush(Emit&& emit) {
        chunks_.flush([&](const chunk_id& id, std::span<const std::byte> chunk) { encode(id, chunk, emit, 1); });
    }

private:
    struct thread_part {
        explicit thread_part(const Codec& codec) : work(codec.make_workspace()) {}
        typename Codec::workspace work;
        aligned_buffer record;
    };

    template <class Emit>
    void encode(const chunk_id& id, std::span<const std::byte> chunk, Emit& emit, std::uint64_t partial = 0) {
        std::unique_ptr<thread_part> mine = borrow();
        mine->record.grow(most_bytes_);
        std::byte* const to = mine->record.data();
        chunk_head head = codec_.encode(mine->work, id.column, chunk,
                                        std::span<std::byte>(to, most_bytes_).subspan(sizeof(chunk_head)));
        head.number = id.number;
        head.partial = partial;
        head.column = static_cast<std::uint32_t>(id.column);
        std::memcpy(to, &head, sizeof head);
        emit(std::span<const std::byte>(to, sizeof head + head.bytes));
        give_back(std::move(mine));
    }

    [[nodiscard]] std::unique_ptr<thread_part> borrow() {
        const std::scoped_lock lock(*mutex_);
        if (spare_.empty()) {
            return std::make_unique<thread_part>(codec_);
        }
        std::unique_ptr<thread_part> one = std::move(spare_.back());
        spare_.pop_back();
        return one;
    }
    void give_back(std::unique_ptr<thread_part> one) {
        const std::scoped_lock lock(*mutex_);
        spare_.push_back(std::move(one));
    }

    Codec codec_;
    chunk_assembler chunks_;
    std::size_t most_bytes_ = 0;
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>(); // sessions move
    std::vector<std::unique_ptr<thread_part>> spare_;
};

} // namespace distproc::detail
