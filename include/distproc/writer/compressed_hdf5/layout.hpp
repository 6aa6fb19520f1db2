// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/chunk/boxes.hpp>
#include <distproc/writer/chunk/column.hpp>
#include <distproc/writer/hdf5/create.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace distproc::detail {

/// One dataset of a chunked output.
struct chunked_dataset {
    std::string path;
    result_member member; ///< of the results; the whole record where it is one dataset of compounds
    shape chunk;          ///< items of a chunk, along each item axis
    std::size_t element_bytes = 0;
};

/// How the datasets of an output are cut: into chunks, and into granules, each of which one writer domain takes whole.
struct chunked_layout {
    shape items;
    shape box; ///< items of a granule; no longer than the axes
    bool record = false;
    std::vector<chunked_dataset> datasets;

    /// Chunks, or granules, along each item axis.
    [[nodiscard]] shape grid(const shape& pieces) const {
        shape counts(items.size());
        for (std::size_t d = 0; d < items.size(); ++d) {
            counts[d] = (items[d] + pieces[d] - 1) / pieces[d];
        }
        return counts;
    }
    /// Of all datasets.
    [[nodiscard]] std::size_t chunks() const {
        std::size_t all = 0;
        for (const chunked_dataset& each : datasets) {
            all += volume(grid(each.chunk));
        }
        return all;
    }
    /// First item, along each axis, of piece `number` of a grid.
    [[nodiscard]] shape corner(const shape& pieces, std::size_t number) const {
        const shape counts = grid(pieces);
        shape first(items.size());
        for (std::size_t d = items.size(); d-- > 0;) {
            first[d] = number % counts[d] * pieces[d];
            number /= counts[d];
        }
        return first;
    }
    /// The granule that has these items, along each axis.
    [[nodiscard]] std::size_t granule_of(const shape& item) const {
        const shape counts = grid(box);
        std::size_t number = 0;
        for (std::size_t d = 0; d < items.size(); ++d) {
            number = number * counts[d] + item[d] / box[d];
        }
        return number;
    }
    [[nodiscard]] std::vector<chunk_column> columns(const result_layout& result) const {
        std::vector<chunk_column> all;
        for (const chunked_dataset& each : datasets) {
            if (record) {
                all.emplace_back(items, each.chunk, result);
            } else {
                all.emplace_back(items, each.chunk, each.member);
            }
        }
        return all;
    }
};

/// Throws `error` where the chunks that are put together at a time do not fit into this rank's memory, a chunk is
/// larger than HDF5's 4 GiB, or there is no axis to cut.
inline void check_chunks(const chunked_layout& layout, const plan& what) {
    std::size_t open = 0;
    for (const chunked_dataset& each : layout.datasets) {
        const std::size_t bytes = volume(each.chunk) * each.member.bytes;
        if (bytes > std::numeric_limits<std::uint32_t>::max()) {
            throw error("compressed_hdf5_writer: a chunk of " + to_string(each.chunk) + " items of '" + each.path +
                        "' takes " + bytes_text(bytes) + ", and HDF5's take 4 GiB at most; make chunk smaller");
        }
        open += bytes * chunk_column::open_chunks(layout.items, each.chunk, layout.box);
    }
    if (what.memory_bytes != 0 && open > what.memory_bytes / 2) {
        throw error("compressed_hdf5_writer: the chunks that are put together at a time take " + bytes_text(open) +
                    ", more than half of the " + bytes_text(what.memory_bytes) +
                    " that a rank may use; make chunk of the writer smaller, or memory_bytes of the options larger");
    }
}

/// The layout of an output. `wished`: the user's chunk, or nothing.
[[nodiscard]] inline chunked_layout layout_of_chunks(const hdf5_target& target, const plan& what, const shape& wished) {
    chunked_layout layout;
    layout.items = what.grid.items();
    layout.box = what.grid.box();
    layout.record = what.result.record && !target.columns(what.result);
    if (layout.items.empty()) {
        throw error("compressed_hdf5_writer: one result without item axes cannot be cut into chunks; use hdf5_writer");
    }
    if (layout.box.size() != layout.items.size()) {
        throw error("compressed_hdf5_writer: the plan has granules of " + std::to_string(what.grid.length()) +
                    " neighbours, but the writer takes boxes; make the plan with grain() of the writer");
    }
    std::vector<result_member> members = what.result.members;
    if (layout.record) {
        members.resize(1);
        members.front() = result_member();
        members.front().bytes = what.result.packed_bytes;
    }
    for (const result_member& m : members) {
        chunked_dataset each{target.dataset(what.result, m), m, chunk_boxes::chunk(m, layout.box, wished),
                             layout.record ? m.bytes : element_bytes(m.kind)};
        for (std::size_t d = 0; d < layout.items.size(); ++d) { // HDF5's chunks are no longer than the axes
            each.chunk[d] = std::clamp<std::size_t>(each.chunk[d], 1, std::max<std::size_t>(1, layout.items[d]));
        }
        layout.datasets.push_back(std::move(each));
    }
    for (std::size_t d = 0; d < layout.items.size(); ++d) {
        layout.box[d] = std::clamp<std::size_t>(layout.box[d], 1, std::max<std::size_t>(1, layout.items[d]));
    }
    check_chunks(layout, what);
    return layout;
}

} // namespace distproc::detail
