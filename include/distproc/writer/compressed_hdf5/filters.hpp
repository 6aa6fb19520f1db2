// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/compress/encoder.hpp>
#include <distproc/compress/shuffle.hpp>
#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/compression.hpp>
#include <distproc/core/error.hpp>
#include <distproc/h5/check.hpp>
#include <distproc/h5/guard.hpp>
#include <distproc/writer/chunk/encoded.hpp>
#include <distproc/writer/compressed_hdf5/layout.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// HDF5's filters, applied outside of HDF5: the bytes of a chunk as H5Dwrite_chunk takes them. HDF5 user's guide,
/// section "Using filters"; "Registered filter plugins" for Zstandard.
class hdf5_filters {
public:
    static constexpr H5Z_filter_t zstd_filter = 32015; ///< as registered with The HDF Group

    hdf5_filters(const compression& how, const chunked_layout& layout) : how_(how) {
        for (const chunked_dataset& each : layout.datasets) {
            element_bytes_.push_back(each.element_bytes);
        }
    }

    /// Throws `error` where this HDF5 has no such filter: it could not read its own file.
    static void check_available(const compression& how) {
        const h5::guard lock;
        const H5Z_filter_t filter = how.method == codec::zstd ? zstd_filter : H5Z_FILTER_DEFLATE;
        if (how.method != codec::none && H5Zfilter_avail(filter) <= 0) {
            throw error("compressed_hdf5_writer: this HDF5 has no filter for " + std::string(to_string(how.method)) +
                        (how.method == codec::zstd ? "; install the plugin of filter 32015 and let HDF5_PLUGIN_PATH "
                                                     "name its folder, or use codec::deflate"
                                                   : "; link an HDF5 that was built with zlib"));
        }
    }

    /// Makes a dataset chunked and compressed. `chunk`: its extents, elements.
    void set(hid_t creation, std::size_t column, const std::string& path, const shape& chunk) const {
        const std::vector<hsize_t> dims(chunk.begin(), chunk.end());
        h5::check(H5Pset_chunk(creation, static_cast<int>(dims.size()), dims.data()), "H5Pset_chunk", path);
        if (shuffles(column)) {
            h5::check(H5Pset_shuffle(creation), "H5Pset_shuffle", path);
        }
        const auto level = static_cast<unsigned>(level_in_use(how_));
        if (how_.method == codec::deflate) {
            h5::check(H5Pset_deflate(creation, level), "H5Pset_deflate", path);
        } else if (how_.method == codec::zstd) {
            h5::check(H5Pset_filter(creation, zstd_filter, H5Z_FLAG_OPTIONAL, 1, &level), "H5Pset_filter", path);
        }
    }

    // For chunk_encoder.
    struct workspace {
        compress::encoder encoder;
        aligned_buffer shuffled;
    };
    [[nodiscard]] workspace make_workspace() const {
        return {compress::encoder(how_.method, how_.level, compress::container::zlib), {}};
    }
    [[nodiscard]] std::size_t most_bytes(std::size_t, std::size_t chunk_bytes) const {
        return std::max(chunk_bytes, make_workspace().encoder.bound(chunk_bytes));
    }
    [[nodiscard]] chunk_head encode(workspace& work, std::size_t column, std::span<const std::byte> chunk,
                                    std::span<std::byte> to) const {
        chunk_head head;
        if (how_.method != codec::none) {
            std::span<const std::byte> from = chunk;
            if (shuffles(column)) {
                work.shuffled.grow(chunk.size());
                compress::shuffle(chunk, {work.shuffled.data(), chunk.size()}, element_bytes_[column]);
                from = {work.shuffled.data(), chunk.size()};
            }
            head.bytes = work.encoder.encode(from, to);
        }
        if (how_.method == codec::none || head.bytes >= chunk.size()) { // as it is, all filters left out
            std::memcpy(to.data(), chunk.data(), chunk.size());
            head.bytes = chunk.size();
            head.left_out = how_.method == codec::none ? 0U : shuffles(column) ? 3U : 1U;
        }
        return head;
    }

private:
    [[nodiscard]] bool shuffles(std::size_t column) const noexcept {
        return how_.method != codec::none && how_.shuffle && element_bytes_[column] > 1;
    }

    compression how_;
    std::vector<std::size_t> element_bytes_;
};

} // namespace distproc::detail
