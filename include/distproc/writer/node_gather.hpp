// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/node_gather/layout.hpp>
#include <distproc/writer/node_gather/session.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace distproc {

/// Brings the results to one rank per node, or per `nodes_per_writer` nodes, which writes them through `Writer`:
/// `node_gather<hdf5_writer>{{"fits.h5", "/fits"}}`.
///
/// Choose it where fewer writers are better: a serial HDF5 on one node, a file system that likes few clients, files or
/// shards per node. Results travel through node memory, bounded by `buffer_bytes` in each node (and by a quarter of the
/// run's memory), and between nodes in messages of about 4 MiB, one at a time for each node; bits stay as they are.
/// Computing waits only while the buffer is full. A domain of one rank passes straight through, without a copy or
/// thread.
///
/// Cost: one copy of each result into node memory, one thread on each node's leader, one more copy and a message where
/// a node has no writer. `open` and `close` are collective, a few small gathers, and throw the same `error` on all
/// ranks: what the inner writer throws, a result larger than the buffer, no shared memory, fewer writers than ranks for
/// a writer that says `every_rank_writes`. What the inner writer leaves in a process's own memory, it leaves in the
/// writing ranks.
template <class Writer>
struct node_gather {
    static constexpr std::string_view name = detail::gather_name<Writer>;
    static constexpr bool takes_lists = detail::takes_lists<Writer>;

    static constexpr bool resumes = detail::resumes_outputs<Writer>;
    static constexpr bool shares_a_file = requires { requires Writer::shares_a_file; };

    Writer writer;
    std::size_t nodes_per_writer = 1;
    /// Per node, for all its ranks together; more is taken where two compressed chunks of each rank need it.
    std::size_t buffer_bytes = std::size_t{64} << 20U;

    /// Collective.
    template <class Result, team Team>
    [[nodiscard]] auto open(const plan& what, const Team& ranks) const {
        if (nodes_per_writer == 0) {
            throw error("node_gather: nodes_per_writer is 0; give 1 or more nodes for each writer");
        }
        if constexpr (requires { requires Writer::every_rank_writes; }) {
            if (ranks.nodes() < ranks.size() || (nodes_per_writer > 1 && ranks.nodes() > 1)) {
                throw error(std::string(name) + ": " + std::string(std::string_view(Writer::name)) +
                            "_writer is for files that every rank writes, but here few ranks would write for all; use "
                            "node_gather<hdf5_writer>, or " +
                            std::string(std::string_view(Writer::name)) + "_writer without node_gather");
            }
        }
        using inner = decltype(writer.template open<Result>(what, ranks));
        static_assert(writer_session<inner, Result>, "node_gather: what it holds is no writer for these results; see "
                                                     "writer/concepts.hpp");
        const auto open_inner = [&](const Team& writers) { return writer.template open<Result>(what, writers); };
        static_assert(detail::encodes<Writer, Result> || !detail::is_list<Result>,
                      "node_gather: what it holds takes results of variable length, but has no encoder for them; see "
                      "writer/concepts.hpp");
        if constexpr (detail::encodes<Writer, Result>) {
            return node_gather_session<Result, inner, Team, decltype(writer.template encoder<Result>(what))>(
                what, ranks, nodes_per_writer, buffer_bytes, writer.template encoder<Result>(what), open_inner);
        } else {
            return node_gather_session<Result, inner, Team>(what, ranks, nodes_per_writer, buffer_bytes, {},
                                                            open_inner);
        }
    }

    /// The writing ranks.
    template <class Team>
    [[nodiscard]] std::size_t domains(const Team& ranks) const {
        return nodes_per_writer == 0 ? 1 : (ranks.nodes() + nodes_per_writer - 1) / nodes_per_writer;
    }

    [[nodiscard]] std::string output() const
        requires requires(const Writer& w) { w.output(); }
    {
        return writer.output();
    }
    [[nodiscard]] std::string library() const
        requires requires(const Writer& w) { w.library(); }
    {
        return writer.library();
    }

    [[nodiscard]] auto grain(const result_layout& result, const shape& items, std::size_t domains) const
        requires requires(const Writer& w) { detail::grain_of(w, result, items, domains); }
    {
        return detail::grain_of(writer, result, items, domains);
    }
};

template <class Writer>
node_gather(Writer) -> node_gather<Writer>;
template <class Writer>
node_gather(Writer, std::size_t) -> node_gather<Writer>;
template <class Writer>
node_gather(Writer, std::size_t, std::size_t) -> node_gather<Writer>;

/// The same under a longer name.
template <class Writer>
using node_gather_writer = node_gather<Writer>;

} // namespace distproc
