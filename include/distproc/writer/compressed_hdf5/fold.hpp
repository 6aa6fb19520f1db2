// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/error.hpp>
#include <distproc/h5/check.hpp>
#include <distproc/h5/discard.hpp>
#include <distproc/h5/guard.hpp>
#include <distproc/h5/handle.hpp>
#include <distproc/h5/lookup.hpp>
#include <distproc/writer/chunk/encoded.hpp>
#include <distproc/writer/compressed_hdf5/layout.hpp>
#include <distproc/writer/spool.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Where an encoded chunk lies in a spool.
struct spooled_chunk {
    chunk_head head;
    std::uint64_t at = 0; ///< bytes
};

/// Writes an encoded chunk to its place in an open dataset. `corner`: its first element, along
/// the axes in front of the member's own.
inline void write_chunk(const h5::dataset& to, const std::string& name, const chunk_head& head, const std::byte* bytes,
                        shape corner, std::size_t inner_axes) {
    const h5::guard lock;
    corner.resize(corner.size() + inner_axes, 0);
    const std::vector<hsize_t> offset(corner.begin(), corner.end());
    h5::check(
        H5Dwrite_chunk(to, H5P_DEFAULT, head.left_out, offset.data(), static_cast<std::size_t>(head.bytes), bytes),
        "H5Dwrite_chunk", name);
}

/// Brings the chunks of all spools into the datasets of a file, in their order, so that equal runs make equal files.
/// One process. `complete`: there must be all of them. Throws `error`. Memory: 40 bytes for each chunk, and the largest
/// one.
inline void fold_spools(const std::string& file_name, const chunked_layout& layout,
                        const std::vector<spool_of_output>& spools, bool complete) {
    spool_files from(spools);
    std::vector<std::pair<std::size_t, spooled_chunk>> chunks; // spool, and what is in it
    for (std::size_t k = 0; k < spools.size(); ++k) {
        if (spools[k].bytes != 0) {
            for_each_spooled<chunk_head>(from[k], spools[k].bytes, [&](const chunk_head& head, std::uint64_t at) {
                chunks.emplace_back(k, spooled_chunk{head, at});
            });
        }
    }
    if (complete && chunks.size() != layout.chunks()) {
        throw error("the output lacks items: of its " + std::to_string(layout.chunks()) + " chunks " +
                    std::to_string(chunks.size()) + " were written, though the run is complete");
    }
    const auto key = [](const std::pair<std::size_t, spooled_chunk>& c) {
        return std::make_tuple(c.second.head.column, c.second.head.number);
    };
    std::sort(chunks.begin(), chunks.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });

    const h5::guard lock;
    h5::file file(H5Fopen(file_name.c_str(), H5F_ACC_RDWR, h5::posix_access()), "H5Fopen", file_name);
    const auto copy = [&] {
        aligned_buffer bytes;
        for (std::size_t column = 0, k = 0; column < layout.datasets.size(); ++column) {
            const chunked_dataset& each = layout.datasets[column];
            h5::dataset to(H5Dopen2(file, each.path.c_str(), H5P_DEFAULT), "H5Dopen2", file_name + ":" + each.path);
            for (; k < chunks.size() && chunks[k].second.head.column == column; ++k) {
                const auto& [spool, one] = chunks[k];
                const auto size = static_cast<std::size_t>(one.head.bytes);
                bytes.grow(size);
                from[spool].read(one.at, {bytes.data(), size});
                write_chunk(to, file_name + ":" + each.path, one.head, bytes.data(),
                            layout.corner(each.chunk, static_cast<std::size_t>(one.head.number)),
                            each.member.extents.size());
            }
            to.close("H5Dclose", file_name);
        }
        h5::flush_file(file, file_name);
    };
    try {
        copy();
    } catch (...) {
        h5::discard_writes(file);
        throw;
    }
    file.close("H5Fclose", file_name);
}

} // namespace distproc::detail
