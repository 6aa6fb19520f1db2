// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace distproc::detail {

/// What decides about the sizes of granules and chunks.
struct box_wishes {
    std::size_t granule_bytes = 0; ///< of a member, in the mean
    shape chunk;                   ///< items of a chunk, for each axis; empty: found here
    std::size_t domains = 1;
    std::size_t files_beyond = 100; ///< where a granule is a file for each member: how many more than the bytes ask for
};

/// The box of items that a writer of chunks takes whole (a shard), and of the chunks in it.
///
/// A box spans whole trailing axes and a part of one axis, so that a granule is one run of items; where the user gave
/// the chunk's box, it spans so many of these. Granules of `members` arrays: about the bytes / granule_bytes; more, up
/// to 8 for each member and domain, while there are no more than `files_beyond` beyond that; and never fewer granules
/// than domains, as long as there are items.
class chunk_boxes {
public:
    static constexpr std::size_t largest_chunk = std::size_t{1} << 20U; ///< bytes
    static constexpr std::size_t smallest_chunk = std::size_t{256} << 10U;

    /// Throws `error` where the user's chunk does not fit the item axes.
    static void check(std::string_view writer, const shape& items, const shape& chunk) {
        if (!chunk.empty() &&
            (chunk.size() != items.size() || std::find(chunk.begin(), chunk.end(), 0U) != chunk.end())) {
            throw error(std::string(writer) + ": a chunk of " + to_string(chunk) + " items does not fit item axes of " +
                        to_string(items) + "; give one extent above 0 for each axis, or none at all");
        }
    }

    [[nodiscard]] static shape granule(const result_layout& result, const shape& items, const box_wishes& wishes) {
        shape tiles = items; // what is cut: items, or chunks of the user
        for (std::size_t d = 0; d < tiles.size(); ++d) {
            tiles[d] = wishes.chunk.empty() ? items[d] : pieces(items[d], wishes.chunk[d]);
            tiles[d] = std::max<std::size_t>(1, tiles[d]);
        }
        shape box = cut(tiles, count(result, volume(items), wishes));
        if (!wishes.chunk.empty()) {
            for (std::size_t d = 0; d < box.size(); ++d) {
                box[d] *= wishes.chunk[d];
            }
            return box;
        }
        for (std::size_t d = box.size(); d-- > 0;) {
            box[d] = roundable(result, box, d, items[d]);
        }
        return box;
    }

    /// The chunk of a member in a granule: it divides the granule's box, and has 256 KiB to 1 MiB where that can be.
    [[nodiscard]] static shape chunk(const result_member& member, const shape& box, const shape& wished) {
        if (!wished.empty()) {
            return wished;
        }
        shape chunk(box.size(), 1);
        const std::size_t axis = cut_axis(member, box);
        std::size_t below = member.bytes;
        for (std::size_t d = box.size(); d-- > axis;) {
            chunk[d] = d > axis ? box[d] : best_divisor(box[d], below);
            below *= box[d];
        }
        return chunk;
    }

private:
    static constexpr std::size_t granules_of_domain = 8;

    static constexpr std::size_t pieces(std::size_t extent, std::size_t length) noexcept {
        return extent / length + (extent % length != 0 ? 1 : 0);
    }

    struct limits {
        std::size_t wanted = 1;
        std::size_t most = 1;
    };

    [[nodiscard]] static limits count(const result_layout& result, std::size_t items, const box_wishes& wishes) {
        const std::size_t members = result.members.size();
        const std::size_t domains = std::max<std::size_t>(1, wishes.domains);
        // In floating point: the product of bytes and items need not fit into 64 bits.
        const double bytes = static_cast<double>(items) * static_cast<double>(result.packed_bytes);
        const double shards = bytes / static_cast<double>(wishes.granule_bytes) / static_cast<double>(members);
        const auto by_bytes = 1 + static_cast<std::size_t>(std::min(shards, 1e15));
        const std::size_t documents = members + 1;
        const std::size_t by_files =
            std::max<std::size_t>(1, documents < wishes.files_beyond ? (wishes.files_beyond - documents) / members : 1);
        limits all;
        all.wanted = std::max({by_bytes, std::min(granules_of_domain * domains, by_files), domains});
        all.most = std::max({all.wanted, by_bytes + by_files - 1, domains > by_files ? 2 * domains : 1});
        return all;
    }

    /// Cuts the first axis that is long enough into about `how.wanted` pieces, with those above it cut to one index.
    [[nodiscard]] static shape cut(const shape& tiles, const limits& how) {
        shape box = tiles;
        std::size_t above = 1;
        for (std::size_t d = 0; d < tiles.size(); ++d) {
            if (d + 1 < tiles.size() && above * tiles[d] < how.wanted) {
                above *= tiles[d];
                box[d] = 1;
                continue;
            }
            const std::size_t parts =
                std::clamp<std::size_t>(pieces(how.wanted, above), 1, std::max<std::size_t>(1, how.most / above));
            std::size_t length = std::max<std::size_t>(1, tiles[d] / parts);
            if (above * pieces(tiles[d], length) > how.most) {
                length = pieces(tiles[d], parts);
            }
            box[d] = length;
            break;
        }
        return box;
    }

    /// The axis along which a member's chunk is cut: the first one of which an index holds no more than a chunk may.
    [[nodiscard]] static std::size_t cut_axis(const result_member& member, const shape& box) {
        std::size_t axis = box.empty() ? 0 : box.size() - 1;
        for (std::size_t bytes = member.bytes; axis > 0 && bytes * box[axis] <= largest_chunk; --axis) {
            bytes *= box[axis];
        }
        return axis;
    }

    [[nodiscard]] static bool good(std::size_t extent, std::size_t below, std::size_t length) noexcept {
        const std::size_t bytes = length * below;
        return bytes <= largest_chunk && (bytes >= smallest_chunk || length == extent);
    }

    /// The divisor of `extent` that makes the largest chunk that is no larger than `largest_chunk`.
    [[nodiscard]] static std::size_t best_divisor(std::size_t extent, std::size_t below) noexcept {
        std::size_t best = 1;
        const std::size_t most = std::max<std::size_t>(1, largest_chunk / below);
        for (std::size_t k = 1; k <= extent / k; ++k) {
            if (extent % k == 0) {
                best = k <= most ? std::max(best, k) : best;
                best = extent / k <= most ? std::max(best, extent / k) : best;
            }
        }
        return best;
    }

    /// The extent of axis d, made larger by at most an eighth, so that good chunks divide it; long parts of the last
    /// axis hold whole cells of 64 items.
    [[nodiscard]] static std::size_t roundable(const result_layout& result, const shape& box, std::size_t d,
                                               std::size_t items) {
        const bool whole = box[d] >= items;
        const std::size_t step = d + 1 == box.size() && box[d] >= 1024 && !whole ? 64 : 1;
        const std::size_t start = pieces(box[d], step) * step;
        std::size_t best = start;
        std::size_t fewest = result.members.size() + 1;
        for (std::size_t extent = start; extent <= start + start / 8 && extent <= start + 128 * step; extent += step) {
            shape tried = box;
            tried[d] = extent;
            std::size_t misfits = 0;
            for (const result_member& m : result.members) {
                std::size_t below = m.bytes;
                for (std::size_t e = d + 1; e < box.size(); ++e) {
                    below *= box[e];
                }
                misfits += cut_axis(m, tried) == d && !good(extent, below, best_divisor(extent, below)) ? 1 : 0;
            }
            if (misfits < fewest) {
                fewest = misfits;
                best = extent;
            }
            if (misfits == 0) {
                break;
            }
        }
        return best;
    }
};

} // namespace distproc::detail
