// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/environment_variable.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/observe/report.hpp>
#include <distproc/writer/node_gather/drain.hpp>
#include <distproc/writer/node_gather/ring.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc::detail {

/// Which ranks a writer serves, seen from one rank.
struct gather_domain {
    gather_route route;
    std::size_t ranks = 1;   ///< that write through one writer here
    std::size_t writers = 1; ///< ranks that write, over all nodes
    std::size_t bytes = 0;   ///< of this node's buffer, the same on all its ranks
};

/// Collective: one gather of a few bytes. A node's buffer has the least `bytes` that any of its ranks grants.
gather_domain find_gather_domain(const team auto& ranks, std::size_t nodes_per_writer, std::size_t bytes) {
    gather_domain mine;
    mine.ranks = 0;
    mine.bytes = bytes;
    mine.writers = (ranks.nodes() + nodes_per_writer - 1) / nodes_per_writer;
    const std::size_t first_node = ranks.node() / nodes_per_writer * nodes_per_writer;
    std::string text;
    save_bytes(text, ranks.node());
    save_bytes(text, bytes);
    const std::vector<std::string> texts = ranks.all_gather(text);
    bool found = false;
    for (std::size_t r = 0; r < texts.size(); ++r) {
        std::string_view rest = texts[r];
        const auto node = load_bytes<std::size_t>(rest);
        if (node == ranks.node()) {
            mine.bytes = std::min(mine.bytes, load_bytes<std::size_t>(rest));
        }
        if (node >= first_node && node - first_node < nodes_per_writer) {
            ++mine.ranks;
        }
        if (node == first_node && !std::exchange(found, true)) {
            mine.route.writer = r;
        }
    }
    if (ranks.rank() == mine.route.writer) {
        mine.route.nodes_coming = std::min(nodes_per_writer, ranks.nodes() - first_node) - 1;
    }
    return mine;
}

/// Bytes of a node's buffer: what was asked for, but no more than a quarter of the run's memory, nor than all results
/// need if one rank computes them (memory is filled with zeroes, which takes time).
inline std::size_t gather_bytes(const plan& what, std::size_t node_ranks, std::size_t wanted,
                                std::size_t result_bytes) {
    const std::size_t quarter = what.memory_bytes / 4 * node_ranks; // 0: nobody has set a limit
    const std::size_t bytes = quarter == 0 ? wanted : std::min(wanted, quarter);
    const std::size_t items = what.grid.item_count() + 1;
    if (items >= bytes / (4 * result_bytes * node_ranks)) {
        return bytes;
    }
    return std::min(bytes, node_ranks * (4 * result_bytes * items + (std::size_t{64} << 10U)));
}

/// Bytes of a node's buffer in which each rank has room for two results, or encoded chunks.
inline std::size_t least_gather_bytes(std::size_t node_ranks, std::size_t result_bytes) noexcept {
    return 2 * (sizeof(frame_head) + round_up(result_bytes)) * node_ranks;
}

/// Bytes of each rank's ring, a multiple of 64. Throws `error` where not even one result fits (an encoded chunk counts
/// as one).
inline std::size_t gather_ring_bytes(std::size_t node_bytes, std::size_t node_ranks, std::size_t result_bytes) {
    const std::size_t bytes = node_bytes / node_ranks / 64 * 64;
    if (gather_ring::most_in_frame(bytes, result_bytes) == 0) {
        throw error("node_gather: one result takes " + std::to_string(result_bytes) + " bytes, and each of the " +
                    std::to_string(node_ranks) + " ranks of the node needs room for two in the buffer of " +
                    std::to_string(node_bytes) + " bytes; raise buffer_bytes to at least " +
                    std::to_string(least_gather_bytes(node_ranks, result_bytes)) +
                    ", and options::memory_bytes to four times that");
    }
    return bytes;
}

/// Node memory with its rings.
template <team Team>
struct gather_memory {
    using memory = decltype(std::declval<const Team&>().node_memory(1));
    std::optional<memory> bytes;
    gather_rings rings;
    std::size_t ring_bytes = 0;

    /// Collective over the node, with equal arguments. Where the system has less shared memory to give it makes do with
    /// less, down to 1 MiB.
    gather_memory(const Team& ranks, std::size_t node_bytes, std::size_t result_bytes) {
        constexpr std::size_t least = std::size_t{1} << 20U;
        const std::size_t wanted = node_bytes;
        for (;; node_bytes /= 2) {
            ring_bytes = gather_ring_bytes(node_bytes, ranks.node_size(), result_bytes);
            try {
                bytes.emplace(ranks.node_memory(gather_rings::bytes(ranks.node_size(), ring_bytes)));
                break;
            } catch (const error&) {
                const std::size_t half = node_bytes / 2 / ranks.node_size() / 64 * 64;
                if (node_bytes / 2 < least || gather_ring::most_in_frame(half, result_bytes) == 0) {
                    throw;
                }
            }
        }
        if (node_bytes < wanted && ranks.node_rank() == 0 && !switched_off("DISTPROC_WARNINGS")) {
            std::fprintf(stderr,
                         "distproc: warning: node %zu: /dev/shm has room for %s of the %s that node_gather asks for; "
                         "make it larger (docker --shm-size, mount -o remount,size=...)\n",
                         std::size_t{ranks.node()}, bytes_text(node_bytes).c_str(), bytes_text(wanted).c_str());
        }
        rings = gather_rings(bytes->data(), ranks.node_size(), ring_bytes);
        if (ranks.node_rank() == 0) {
            rings.construct();
        }
    }
};

/// A number that no other run of this process has had.
inline std::size_t next_gather_session() noexcept {
    static std::atomic<std::size_t> sessions{0};
    return ++sessions;
}

/// "node_gather<hdf5>".
template <class Writer>
struct gather_name_text {
    static constexpr std::string_view before = "node_gather<";
    static constexpr std::string_view inner = Writer::name;
    static constexpr auto text = [] {
        std::array<char, before.size() + inner.size() + 1> all{};
        char* end = std::copy(before.begin(), before.end(), all.data());
        end = std::copy(inner.begin(), inner.end(), end);
        *end = '>';
        return all;
    }();
};
template <class Writer>
inline constexpr std::string_view gather_name{gather_name_text<Writer>::text.data(),
                                              gather_name_text<Writer>::text.size()};

inline std::string bytes_of_set(const index_set& set) {
    std::string bytes;
    for (const index_range& range : set.ranges()) {
        save_bytes(bytes, range);
    }
    return bytes;
}

inline index_set set_of_bytes(std::string_view bytes) {
    index_set set;
    while (!bytes.empty()) {
        set.insert(load_bytes<index_range>(bytes));
    }
    return set;
}

} // namespace distproc::detail
