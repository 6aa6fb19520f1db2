// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/compression.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/chunk/column.hpp>
#include <distproc/writer/chunk/encoded.hpp>
#include <distproc/writer/shard/create.hpp>
#include <distproc/zarr/chunk_codec.hpp>
#include <distproc/zarr/metadata.hpp>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace distproc::detail {

/// The item axes' part of the extents of an array.
[[nodiscard]] inline shape item_part(const shape& extents, const plan& what) {
    return {extents.begin(), extents.begin() + static_cast<std::ptrdiff_t>(what.grid.items().size())};
}

/// For `chunk_encoder`: gzip or zstd, and crc32c.
class shard_codec {
public:
    explicit shard_codec(const compression& how) : how_(how) {}

    using workspace = zarr::chunk_packer;
    [[nodiscard]] workspace make_workspace() const { return workspace(how_); }
    [[nodiscard]] std::size_t most_bytes(std::size_t /*column*/, std::size_t chunk_bytes) const {
        return make_workspace().bound(chunk_bytes);
    }
    [[nodiscard]] chunk_head encode(workspace& work, std::size_t /*column*/, std::span<const std::byte> chunk,
                                    std::span<std::byte> to) const {
        chunk_head head;
        head.bytes = work.pack(chunk, to);
        return head;
    }

private:
    compression how_;
};

/// The encoder of `compressed_shard_writer`: what `writer/concepts.hpp` asks of one.
class shard_encoder {
public:
    /// Throws `error` for a level that the codec does not have, and where the chunks that are put together at a time do
    /// not fit into this rank's memory.
    shard_encoder(const shard_target& target, const plan& what)
        : chunks_(shard_codec(target.packing), what.result, columns(target, what)) {}

    [[nodiscard]] std::size_t most_bytes() const noexcept { return chunks_.most_bytes(); }
    template <class Emit>
    void put(std::size_t first, std::span<const std::byte> objects, std::size_t count, Emit&& emit) {
        chunks_.put(first, objects, count, std::forward<Emit>(emit));
    }
    /// Nothing: a chunk that lacks items belongs to a shard that is not whole, which is not kept.
    template <class Emit>
    void flush(Emit&& /*emit*/) {}

private:
    [[nodiscard]] static std::vector<chunk_column> columns(const shard_target& target, const plan& what) {
        check(target.packing);
        std::vector<chunk_column> all;
        std::size_t open = 0;
        for (const result_member& m : what.result.members) {
            const zarr::array_metadata a = shard_array(target, what, m);
            const shape chunk = item_part(a.chunk, what);
            all.emplace_back(what.grid.items(), chunk, m);
            open += all.back().chunk_bytes() *
                    chunk_column::open_chunks(what.grid.items(), chunk, item_part(a.shard, what));
        }
        if (what.memory_bytes != 0 && open > what.memory_bytes / 2) {
            throw error(
                "compressed_shard_writer: the chunks of '" + target.path + "' that are put together at a time take " +
                bytes_text(open) + ", more than half of the " + bytes_text(what.memory_bytes) +
                " that a rank may use; make chunk of the writer smaller, or memory_bytes of the options larger");
        }
        return all;
    }

    chunk_encoder<shard_codec> chunks_;
};

} // namespace distproc::detail
