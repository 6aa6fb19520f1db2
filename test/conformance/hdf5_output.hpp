// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Outputs of hdf5_writer, one after the other in a folder, and their results read back by the C library, with memory
// types of the C library alone. Ranks name the same files.
#include "support/hdf5_file.hpp"
#include <distproc/core/describe.hpp>
#include <distproc/core/element.hpp>
#include <distproc/h5/types.hpp>
#include <distproc/writer/hdf5.hpp>

#include <hdf5.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace test {

template <class Result>
class hdf5_output {
public:
    explicit hdf5_output(std::string folder) : folder_(std::move(folder)) {}

    distproc::hdf5_records records = distproc::hdf5_records::columns;

    /// A writer to a file that does not exist yet.
    [[nodiscard]] distproc::hdf5_writer next() {
        ++count_;
        return {.file = file(), .path = "/results", .records = records};
    }

    /// The one made last.
    [[nodiscard]] std::string file() const { return folder_ + std::to_string(count_) + ".h5"; }

    [[nodiscard]] std::vector<Result> read() const {
        const distproc::result_layout layout = distproc::describe<Result>();
        std::vector<Result> results;
        if (layout.record && records == distproc::hdf5_records::compound) {
            const auto type = distproc::h5::record_type(layout, distproc::h5::where::memory);
            const auto bytes = read_dataset<unsigned char>(file(), "/results", type);
            results.resize(bytes.size() / layout.packed_bytes);
            for (const auto& member : layout.members) {
                scatter(bytes, member.packed_offset, layout.packed_bytes, member, results);
            }
            return results;
        }
        for (const auto& member : layout.members) {
            const auto type = distproc::h5::element_type(member.kind, distproc::h5::where::memory);
            const std::string path = "/results" + (layout.record ? "/" + member.name : std::string());
            const auto bytes = read_dataset<unsigned char>(file(), path, type);
            results.resize(bytes.size() / member.bytes);
            scatter(bytes, 0, member.bytes, member, results);
        }
        return results;
    }

    /// Of the dataset, or of the first column.
    [[nodiscard]] distproc::shape shape() const {
        const distproc::result_layout layout = distproc::describe<Result>();
        const bool columns = layout.record && records == distproc::hdf5_records::columns;
        std::vector<hsize_t> dims;
        const auto type = layout.record && !columns
                              ? distproc::h5::record_type(layout, distproc::h5::where::memory)
                              : distproc::h5::element_type(layout.members.front().kind, distproc::h5::where::memory);
        (void)read_dataset<unsigned char>(file(), "/results" + (columns ? "/" + layout.members.front().name : ""), type,
                                          &dims);
        return {dims.begin(), dims.end()};
    }

private:
    static void scatter(const std::vector<unsigned char>& bytes, std::size_t from, std::size_t step,
                        const distproc::result_member& member, std::vector<Result>& results) {
        for (std::size_t i = 0; i < results.size(); ++i) {
            std::memcpy(reinterpret_cast<unsigned char*>(&results[i]) + member.offset, bytes.data() + from + i * step,
                        member.bytes);
        }
    }
    std::string folder_;
    std::size_t count_ = 0;
};

} // namespace test
