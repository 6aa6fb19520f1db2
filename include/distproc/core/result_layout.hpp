// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>
#include <distproc/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace distproc {

/// One column of a result: an element, or an array of elements.
struct result_member {
    std::string name;                          ///< "amplitude", "outer.inner"; empty for a bare element or array
    element_kind kind = element_kind::float64; ///< of each element
    shape extents;                             ///< none: one element
    std::size_t offset = 0;                    ///< in the object in memory, bytes
    std::size_t packed_offset = 0;             ///< in the packed record, bytes
    std::size_t bytes = 0;

    friend bool operator==(const result_member&, const result_member&) = default;
};

/// How one result lies in memory, and in a packed record: its members in the order of `serialize`, without gaps.
/// Padding of an object holds random bits, so only packed records are written.
struct result_layout {
    std::vector<result_member> members;
    std::size_t object_bytes = 0;
    std::size_t packed_bytes = 0;
    bool record = false; ///< a struct with named members; false: a bare element or array
    /// Results are lists of any length, objects `list_view`s: the only member, `values`, is one value of a list.
    bool lists = false;
    /// Values of the compute's result type that an item has, one after the other: 1, or the elements of an array whose
    /// shape was stated at run time. Everything above speaks of all of them.
    std::size_t per_item = 1;

    /// Whether an object is its own packed record.
    [[nodiscard]] bool packed() const noexcept {
        return object_bytes == packed_bytes && std::all_of(members.begin(), members.end(), [](const result_member& m) {
                   return m.offset == m.packed_offset;
               });
    }

    /// Copies `count` adjacent objects into `count` adjacent packed records. About as fast as memcpy where `packed()`;
    /// else one copy for each run of members that are neighbours in both.
    void pack(const std::byte* objects, std::size_t count, std::byte* records) const {
        if (count == 0) {
            return;
        }
        if (packed()) {
            std::memcpy(records, objects, count * object_bytes);
            return;
        }
        // Pieces that stay in the first-level cache, because each run of members passes over them once.
        const std::size_t piece = std::max<std::size_t>(1, 16384 / (object_bytes + packed_bytes));
        for (std::size_t first = 0; first < count; first += piece) {
            pack_piece(objects + first * object_bytes, std::min(piece, count - first), records + first * packed_bytes);
        }
    }

    /// Puts the mark of a result that there is not into `count` adjacent objects: NaN in floating-point numbers, 0 in
    /// all others. Not for lists.
    void fill_missing(std::byte* objects, std::size_t count) const noexcept {
        std::memset(objects, 0, count * object_bytes);
        for (const result_member& m : members) {
            const auto fill = [&](auto nan) {
                for (std::size_t i = 0; i < count; ++i) {
                    std::byte* const there = objects + i * object_bytes + m.offset;
                    for (std::size_t at = 0; at < m.bytes; at += sizeof nan) {
                        std::memcpy(there + at, &nan, sizeof nan);
                    }
                }
            };
            if (m.kind == element_kind::float32 || m.kind == element_kind::complex64) {
                fill(std::numeric_limits<float>::quiet_NaN());
            } else if (m.kind == element_kind::float64 || m.kind == element_kind::complex128) {
                fill(std::numeric_limits<double>::quiet_NaN());
            }
        }
    }

    friend bool operator==(const result_layout&, const result_layout&) = default;

private:
    void pack_piece(const std::byte* objects, std::size_t count, std::byte* records) const {
        for (std::size_t k = 0; k < members.size();) {
            const std::size_t from = members[k].offset;
            const std::size_t to = members[k].packed_offset;
            std::size_t bytes = members[k].bytes;
            for (++k; k < members.size() && members[k].offset == from + bytes && members[k].packed_offset == to + bytes;
                 ++k) {
                bytes += members[k].bytes;
            }
            switch (bytes) {
            case 1:
                copy_column<1>(objects + from, count, records + to);
                break;
            case 2:
                copy_column<2>(objects + from, count, records + to);
                break;
            case 4:
                copy_column<4>(objects + from, count, records + to);
                break;
            case 8:
                copy_column<8>(objects + from, count, records + to);
                break;
            case 16:
                copy_column<16>(objects + from, count, records + to);
                break;
            default:
                for (std::size_t i = 0; i < count; ++i) {
                    std::memcpy(records + to + i * packed_bytes, objects + from + i * object_bytes, bytes);
                }
            }
        }
    }

    template <std::size_t Bytes>
    void copy_column(const std::byte* from, std::size_t count, std::byte* to) const {
        for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(to + i * packed_bytes, from + i * object_bytes, Bytes);
        }
    }
};

} // namespace distproc
