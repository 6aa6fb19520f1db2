// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Outputs of shard_writer, or another of its kind, one after the other in a folder, and their results read back by
// shard_source (whose reading is compared with zarr-python elsewhere). Ranks name the same directories.
#include <distproc/core/describe.hpp>
#include <distproc/source/shard/reader.hpp>
#include <distproc/writer/shard.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace test {

template <class Result, class Writer = distproc::shard_writer>
class shard_output {
public:
    explicit shard_output(std::string folder) : folder_(std::move(folder)) {}

    std::size_t shard_bytes = std::size_t{64} << 20U;

    /// A writer to a directory that does not exist yet.
    [[nodiscard]] Writer next() {
        ++count_;
        return {.path = path(), .shard_bytes = shard_bytes};
    }

    /// The one made last.
    [[nodiscard]] std::string path() const { return folder_ + std::to_string(count_) + ".zarr"; }

    [[nodiscard]] std::vector<Result> read() const {
        const distproc::result_layout layout = distproc::describe<Result>();
        std::vector<Result> results;
        for (const auto& member : layout.members) {
            const auto extents =
                distproc::detail::read_array_metadata(path() + (layout.record ? "/" + member.name : std::string()))
                    .extents;
            distproc::item_axes axes;
            while (axes.size() + member.extents.size() < extents.size()) {
                axes.push_back(axes.size());
            }
            distproc::detail::shard_reader reader(path(), member.name, axes, member.kind);
            results.resize(distproc::volume(reader.items()));
            std::vector<std::byte> column(results.size() * member.bytes);
            reader.read(0, results.size(), column.data());
            for (std::size_t i = 0; i < results.size(); ++i) {
                std::memcpy(reinterpret_cast<std::byte*>(&results[i]) + member.offset, column.data() + i * member.bytes,
                            member.bytes);
            }
        }
        return results;
    }

private:
    std::string folder_;
    std::size_t count_ = 0;
};

} // namespace test
