// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/compression.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/writer/compressed_shard/encoder.hpp>
#include <distproc/writer/compressed_shard/session.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/shard.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace distproc {

/// Writes results to a new Zarr directory whose chunks are compressed: `compressed_shard_writer{"fits.zarr"}`, or with
/// names, as in `compressed_shard_writer{.path = "fits.zarr", .compression = {codec::deflate, 6}}`. Arrays, attributes
/// and files are those of `shard_writer`; in each shard the codecs bytes, gzip or zstd, and crc32c.
///
/// Choose it where the output should be small, or where the disk is slower than the cores. Workers compress what they
/// compute, each on its own core, on all ranks also under `node_gather`, which then moves what is compressed. Zarr has
/// no shuffle: `compression.shuffle` changes nothing. Results of variable length are not for it: `shard_writer` and
/// `compressed_hdf5_writer` take them.
///
/// A shard appears under its name when it is whole and durable, and those that a stopped run left unfinished are
/// removed. The content is the same whatever the number of ranks; the order of the chunks in a shard's file need not
/// be.
///
/// `open` and `close` are collective and cost a handful of small messages; `write` communicates nothing, and costs a
/// copy of the results into their chunk, the compression, and the write to the file, all in the worker. Memory: the
/// chunks of which a part has come, for each granule that a worker has, and a chunk for each worker. `open` throws
/// `error` on all ranks for what `shard_writer` throws for, and for a level that the codec does not have.
struct compressed_shard_writer {
    static constexpr std::string_view name = "compressed_shard";

    std::string path;     ///< of the directory; the folder that it is in must exist
    bool replace = false; ///< remove an existing output first, if it is a Zarr directory without anything else in it
    distproc::compression compression{codec::zstd};   ///< zstd and gzip (codec::deflate) are read by every Zarr
    std::size_t shard_bytes = std::size_t{64} << 20U; ///< of a file, in the mean over the members, uncompressed
    shape chunk{};                                    ///< items of a chunk along each item axis; none: 256 KiB to 1 MiB
    std::map<std::string, std::string> units{};       ///< of members by name; of a bare result under ""
    std::map<std::string, shard_attribute> attributes{}; ///< more attributes of the root

    [[nodiscard]] const std::string& output() const noexcept { return path; }
    /// The box of items of one shard, where so many ranks or nodes write.
    [[nodiscard]] shape grain(const result_layout& result, const shape& items, std::size_t domains) const {
        return detail::shard_grain(name, result, items, {shard_bytes, chunk, domains});
    }
    [[nodiscard]] shape grain(const result_layout& result, const shape& items) const { return grain(result, items, 1); }

    /// See `detail::encodes`.
    template <class Result>
    [[nodiscard]] detail::shard_encoder encoder(const plan& what) const {
        return {target(), what};
    }

    /// Collective.
    template <class Result, team Team>
    [[nodiscard]] compressed_shard_session<Result, Team> open(const plan& what, const Team& ranks) const {
        return {ranks, target(), what};
    }

private:
    [[nodiscard]] detail::shard_target target() const {
        return {detail::without_slash(path), replace, chunk, units, attributes, compression};
    }
};

static_assert(writer<compressed_shard_writer, double>);

} // namespace distproc
