// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/compression.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/h5/file_name.hpp>
#include <distproc/h5/library.hpp>
#include <distproc/writer/compressed_hdf5/lists.hpp>
#include <distproc/writer/compressed_hdf5/output.hpp>
#include <distproc/writer/compressed_hdf5/session.hpp>
#include <distproc/writer/concepts.hpp>
#include <distproc/writer/list/records.hpp>
#include <distproc/writer/list/session.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace distproc {

/// Writes results to a new HDF5 file whose datasets are cut into chunks and compressed:
/// `compressed_hdf5_writer{"fits.h5", "/fits"}`, or with names, as in `compressed_hdf5_writer{.file = "fits.h5",
/// .path = "/fits", .compression = {codec::zstd, 3}, .files = hdf5_files::per_writer}`. Groups, datasets, types and
/// attributes are those of `hdf5_writer`; readers need not know.
///
/// Choose it where the output should be small. Workers compress what they compute, each on its own core, outside of
/// HDF5, on all ranks also under `node_gather`; no parallel HDF5 is needed, and no rank waits for another while items
/// are computed. The file appears whole: until the run ends, what is compressed waits in a file beside it for each
/// writing rank, and one rank then copies it chunk by chunk (without compressing anything again). With
/// `hdf5_files::per_writer` nothing is copied: each writing rank, or node, has a file of its own in the folder
/// "fits.h5.parts", and fits.h5 makes one dataset of them (a virtual dataset; keep both together). `codec::none` then
/// writes without a parallel HDF5 what need not be compressed.
///
/// Results of variable length become `offsets` and `values` as those of `hdf5_writer`, of which the rank that joins the
/// output compresses the chunks at the end, on as many threads as it has workers (in `node_gather`: cores).
///
/// A run that was stopped leaves what it has, with zeros elsewhere and `complete` = 0; a chunk that would not become
/// smaller is stored as it is.
///
/// `open` and `close` are collective and cost a handful of small messages; `write` communicates nothing, and costs a
/// copy of the results into their chunk and the compression. Memory: the chunks of which a part has come, for each
/// granule that a worker has, and twice the largest chunk for each worker. `open` throws `error` on all ranks for what
/// `hdf5_writer` throws for, and for a codec whose filter this HDF5 does not have, a level that it does not have, a
/// chunk that does not fit the item axes or the memory; `close` for a full disk.
struct compressed_hdf5_writer {
    static constexpr std::string_view name = "compressed_hdf5";
    static constexpr bool takes_lists = true;

    hdf5_file_name file;                                ///< its folder must exist
    std::string path = "/results";                      ///< group of the columns, or dataset
    bool replace = false;                               ///< overwrite an existing file
    distproc::compression compression{codec::deflate};  ///< deflate (zlib) is read by every HDF5
    hdf5_files files = hdf5_files::one;                 ///< or one for each writing rank
    shape chunk{};                                      ///< items along each item axis; none: about 1 MiB
    hdf5_records records = hdf5_records::columns;       ///< for struct results
    std::map<std::string, std::string> units{};         ///< of members by name; of a bare result under ""
    std::map<std::string, hdf5_attribute> attributes{}; ///< more attributes at `path`

    /// The box of items that one rank, or node, takes whole.
    [[nodiscard]] shape grain(const result_layout& result, const shape& items, std::size_t domains) const {
        detail::chunk_boxes::check("compressed_hdf5_writer", items, chunk);
        // Parts are joined granule by granule: fewer and larger ones keep the virtual dataset quick to open.
        const bool parts = files == hdf5_files::per_writer;
        return detail::chunk_boxes::granule(
            result, items, {std::size_t{parts ? 64U : 16U} << 20U, chunk, domains, parts ? 1000U : 100'000U});
    }
    [[nodiscard]] shape grain(const result_layout& result, const shape& items) const { return grain(result, items, 1); }

    /// See `detail::encodes`.
    template <class Result>
    [[nodiscard]] auto encoder(const plan& what) const {
        if constexpr (detail::is_list<Result>) {
            return detail::list_encoder<detail::list_value_t<Result>>();
        } else {
            return detail::make_hdf5_encoder(target(what), what, compression, chunk);
        }
    }

    /// Collective.
    template <class Result, team Team>
    [[nodiscard]] auto open(const plan& what, const Team& ranks) const {
        if constexpr (detail::is_list<Result>) {
            return list_session<detail::list_value_t<Result>, Team, detail::compressed_list_output>(
                ranks, detail::compressed_list_output(target(what), {compression, files, chunk}), what);
        } else {
            return compressed_hdf5_session<Result, Team>(ranks, target(what), what, {compression, files, chunk});
        }
    }

    [[nodiscard]] const std::string& output() const noexcept { return file.name(); }
    [[nodiscard]] static std::string library() { return h5::library_text(); }

private:
    [[nodiscard]] detail::hdf5_target target(const plan& what) const {
        const hdf5_records kind = what.result.lists ? hdf5_records::columns : records;
        detail::hdf5_target all{file.name(), path, replace, kind, units, attributes};
        all.path = detail::output_path(file.path().empty() ? path : file.path(), all, what.result);
        return all;
    }
};

static_assert(writer<compressed_hdf5_writer, double>);

} // namespace distproc
