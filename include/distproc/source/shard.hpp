// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>
#include <distproc/source/concepts.hpp>
#include <distproc/source/item_axes.hpp>
#include <distproc/source/shard/reader.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc {

/// What an open array of a Zarr directory is to a run. Made by `shard_source`.
template <class T>
class shard_items {
public:
    using item = std::span<const T>;
    static constexpr bool reads_beside_writes = true;
    /// Where most chunks are read straight to the items: else readers would throw one another's out of the cache.
    [[nodiscard]] bool concurrent_reads() const { return reader_.run_items() != 0; }

    explicit shard_items(detail::shard_reader reader) : reader_(std::move(reader)) {}

    [[nodiscard]] const shape& items() const noexcept { return reader_.items(); }
    [[nodiscard]] std::string description() const { return reader_.name(); }
    [[nodiscard]] std::vector<std::string> files() const { return {reader_.path()}; }
    [[nodiscard]] std::size_t staging_bytes(std::size_t capacity) const noexcept {
        return capacity * reader_.item_bytes();
    }
    [[nodiscard]] std::size_t run_items() const { return reader_.run_items(); }
    /// Items lie in the staging one after the other, without gaps.
    std::size_t read(std::size_t first, std::size_t count, const staging& s, std::size_t slot) {
        return reader_.read(first, count, s.data + slot * reader_.item_bytes());
    }
    [[nodiscard]] item at(std::size_t /*index*/, const staging& s, std::size_t slot) const noexcept {
        return {reinterpret_cast<const T*>(s.data) + slot * reader_.item_elements(), reader_.item_elements()};
    }

private:
    detail::shard_reader reader_;
};

/// An array of a Zarr directory, version 3: `shard_source<double>{"fits.zarr", "amplitude"}`; without a name the
/// directory itself is the array. An item is a `std::span<const T>`: what is left when one index is given for each item
/// axis, row-major. Item axes are leading axes in order: without `axes` all but the last, so (y, x, spectrum) gives one
/// spectrum for each pixel; with `{0, 1}` of a (y, x) array each item is one element.
///
/// Read are arrays as `shard_writer` makes them, and others on a regular grid of chunks, sharded (codec
/// sharding_indexed, index at either end) or not, with the codecs bytes (either byte order), then gzip or zstd or
/// neither, then crc32c or not: what zarr-python writes by default among them. Chunks that are not there hold the fill
/// value. T: bool, a number of at most 64
/// bits, an enum or std::complex of float or double, the same as in the array: nothing is converted.
///
/// Nothing happens before `open()`, which each rank calls on its own: read-only, no collective call. `open()` throws
/// `error`, naming the file, where it is missing or does not fit T or the axes; reading throws `error`, naming file and
/// chunk, where a checksum is wrong, compressed bytes are damaged or a file was cut. A chunk is read whole, and
/// straight to the items where it lies among them as in the file, then by many threads at once; else, by one, through a
/// cache of one row of chunks, up to 64 MiB, which comes on top of the budget, as does a packed chunk for each thread
/// that reads. Up to 16 files are open, and those that are just being read.
template <class T>
struct shard_source {
    std::string path;    ///< of the Zarr directory
    std::string array{}; ///< in it; empty: the directory is the array
    item_axes axes{};

    [[nodiscard]] shard_items<T> open() const {
        static_assert(element<T>, "shard_source<T>: T must be a number, bool, enum or std::complex<float or double>");
        return shard_items<T>(detail::shard_reader(
            path, array, axes.empty() ? std::nullopt : std::optional<item_axes>(axes), element_kind_of<T>()));
    }
};

static_assert(source_policy<shard_source<double>>);

} // namespace distproc
