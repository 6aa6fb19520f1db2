// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Outputs of compressed_hdf5_writer, one after the other in a folder; read back as those of hdf5_writer.
#include "conformance/hdf5_output.hpp"
#include <distproc/writer/compressed_hdf5.hpp>

#include <string>
#include <utility>

namespace test {

template <class Result>
class compressed_output {
public:
    explicit compressed_output(std::string folder) : plain_(std::move(folder)) {}

    distproc::hdf5_records records = distproc::hdf5_records::columns;
    distproc::hdf5_files files = distproc::hdf5_files::one;
    distproc::shape chunk{};

    /// A writer to a file that does not exist yet.
    [[nodiscard]] distproc::compressed_hdf5_writer next() {
        plain_.records = records;
        distproc::compressed_hdf5_writer writer{.file = plain_.next().file, .path = "/results"};
        writer.compression.level = 1;
        writer.files = files;
        writer.chunk = chunk;
        writer.records = records;
        return writer;
    }

    [[nodiscard]] std::vector<Result> read() const { return plain_.read(); }
    [[nodiscard]] distproc::shape shape() const { return plain_.shape(); }

private:
    hdf5_output<Result> plain_;
};

} // namespace test
