// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/boxes.hpp>
#include <distproc/core/element.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/source/concepts.hpp>
#include <distproc/source/item_axes.hpp>
#include <distproc/source/shard/chunk_store.hpp>
#include <distproc/zarr/copy_box.hpp>
#include <distproc/zarr/file.hpp>
#include <distproc/zarr/metadata.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace distproc::detail {

/// Reads zarr.json of the array in a folder. Throws `error` that names it where it is missing or cannot be read.
[[nodiscard]] inline zarr::array_metadata read_array_metadata(const std::string& folder) {
    const zarr::file from = zarr::file::open_if_there(folder + "/" + std::string(zarr::metadata_name));
    if (!from.valid()) {
        throw error("'" + folder + "' is no Zarr v3 array: it has no " + std::string(zarr::metadata_name) +
                    "; name a Zarr directory and an array in it");
    }
    return zarr::parse_array(zarr::read_text(from), from.name());
}

/// One array of a Zarr directory that delivers runs of items, each contiguous.
class shard_reader {
public:
    /// Without axes all but the last number the items.
    shard_reader(const std::string& path, const std::string& array, const std::optional<item_axes>& axes,
                 element_kind kind)
        : path_(path), store_(open_store(path, array, axes, kind)), folder_(folder(path, array)) {
        const shape& extents = store_.meta().extents;
        const auto end = extents.begin() + static_cast<std::ptrdiff_t>(count_axes(extents, axes));
        items_.assign(extents.begin(), end);
        item_elements_ = volume({end, extents.end()});
        item_bytes_ = item_elements_ * element_bytes(kind);
    }

    [[nodiscard]] const shape& items() const noexcept { return items_; }
    [[nodiscard]] std::size_t item_elements() const noexcept { return item_elements_; }
    [[nodiscard]] std::size_t item_bytes() const noexcept { return item_bytes_; }
    /// Items of a chunk, where a chunk is a run of items; else 0.
    [[nodiscard]] std::size_t run_items() const {
        return run_in_chunk(store_.meta().extents, store_.meta().chunk, items_.size());
    }
    [[nodiscard]] const std::string& name() const noexcept { return folder_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Brings items [first, first + count) to `out`, one after the other. Returns bytes read from files.
    std::size_t read(std::size_t first, std::size_t count, std::byte* out) {
        if (item_bytes_ == 0) {
            return 0;
        }
        std::size_t bytes = 0;
        for_each_box(items_, first, count, [&](const shape& start, const shape& sizes, std::size_t offset) {
            bytes += read_box(start, sizes, out + offset * item_bytes_);
        });
        return bytes;
    }

private:
    [[nodiscard]] static std::string folder(const std::string& path, const std::string& array) {
        const bool slash = array.empty() || array.front() == '/' || path.ends_with('/');
        return path + (slash ? "" : "/") + array;
    }

    [[nodiscard]] static std::size_t count_axes(const shape& extents, const std::optional<item_axes>& axes) {
        return axes ? axes->size() : extents.size() - std::min<std::size_t>(1, extents.size());
    }

    [[nodiscard]] static chunk_store open_store(const std::string& path, const std::string& array,
                                                const std::optional<item_axes>& axes, element_kind kind) {
        const std::string where = folder(path, array);
        zarr::array_metadata meta = read_array_metadata(where);
        if (meta.kind != kind) {
            throw error("'" + where + "' holds " + std::string(to_string(meta.kind)) + ", but is read as " +
                        std::string(to_string(kind)) + "; read it with the type of the array");
        }
        for (std::size_t k = 0; axes && k < axes->size(); ++k) {
            if ((*axes)[k] != k || axes->size() > meta.extents.size()) {
                throw error("'" + where + "' has the shape " + to_string(meta.extents) +
                            "; item axes of a shard_source are its leading axes in order, as {0, 1}");
            }
        }
        // Room for the chunks of one row of items.
        const std::size_t item_rank = count_axes(meta.extents, axes);
        constexpr std::size_t most = std::size_t{64} << 20U;
        std::size_t bytes = std::max<std::size_t>(1, meta.chunk_data_bytes());
        for (std::size_t d = 0; d < meta.extents.size(); ++d) {
            const std::size_t chunks = (meta.extents[d] + meta.chunk[d] - 1) / meta.chunk[d];
            bytes = d + 1 < item_rank ? bytes : bytes > most / std::max<std::size_t>(1, chunks) ? most : bytes * chunks;
        }
        return {where, std::move(meta), std::min(bytes, most)};
    }

    /// A box of items, dense at `out`. Returns bytes read from files.
    std::size_t read_box(const shape& start, const shape& sizes, std::byte* out) {
        const zarr::array_metadata& meta = store_.meta();
        const std::size_t rank = meta.extents.size();
        shape low = start;
        shape box = sizes;
        low.resize(rank, 0);
        box.insert(box.end(), meta.extents.begin() + static_cast<std::ptrdiff_t>(box.size()), meta.extents.end());
        shape first(rank);
        shape counts(rank);
        for (std::size_t d = 0; d < rank; ++d) {
            first[d] = low[d] / meta.chunk[d];
            counts[d] = (low[d] + box[d] - 1) / meta.chunk[d] - first[d] + 1;
        }
        const std::size_t all = volume(counts);
        std::size_t bytes = 0;
        for (std::size_t k = 0; k < all; ++k) {
            shape place(rank);
            std::size_t rest = k;
            for (std::size_t d = rank; d-- > 0;) {
                place[d] = first[d] + rest % counts[d];
                rest /= counts[d];
            }
            bytes += read_part(place, low, box, out);
        }
        return bytes;
    }

    /// What a chunk and the box at `low` have in common. Returns bytes read from files.
    std::size_t read_part(const shape& place, const shape& low, const shape& box, std::byte* out) {
        const zarr::array_metadata& meta = store_.meta();
        const std::size_t rank = place.size();
        const std::size_t bytes = element_bytes(meta.kind);
        shape in_chunk(rank);
        shape in_box(rank);
        shape sizes(rank);
        bool dense = true; // so far, from the last axis: the part is a run in the box
        bool run = true;
        std::size_t offset = 0;
        std::size_t stride = 1;
        for (std::size_t d = rank; d-- > 0;) {
            const std::size_t begin = place[d] * meta.chunk[d];
            const std::size_t from = std::max(begin, low[d]);
            const std::size_t to = std::min(begin + meta.chunk[d], low[d] + box[d]);
            in_chunk[d] = from - begin;
            in_box[d] = from - low[d];
            sizes[d] = to - from;
            run = run && sizes[d] == meta.chunk[d] && (dense || sizes[d] == 1);
            dense = dense && sizes[d] == box[d];
            offset += in_box[d] * stride;
            stride *= box[d];
        }
        if (run) { // the whole chunk, as it lies in the file
            return store_.read(place, {out + offset * bytes, meta.chunk_data_bytes()});
        }
        return store_.use_cached(place, [&](const std::byte* chunk) {
            zarr::copy_box(chunk, {meta.chunk, in_chunk}, out, {box, in_box}, sizes, bytes);
        });
    }

    std::string path_;
    chunk_store store_;
    std::string folder_;
    shape items_;
    std::size_t item_elements_ = 1;
    std::size_t item_bytes_ = 0;
};

} // namespace distproc::detail
