// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// How ranks write the sample results with compressed_hdf5_writer: for its tests and for check_compressed_with_h5py.py.
#include "writer/pieces.hpp"
#include "writer/sample_results.hpp"
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/compressed_hdf5.hpp>

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace test {

template <class Result>
distproc::plan chunked_plan(const distproc::compressed_hdf5_writer& writer, const distproc::shape& items,
                            std::size_t domains, const distproc::result_layout& result = distproc::describe<Result>()) {
    distproc::plan what = plan_of<Result>(items);
    what.result = result;
    what.grid = distproc::granules(items, writer.grain(what.result, items, domains));
    what.remaining = distproc::index_set(what.grid.count());
    what.memory_bytes = std::size_t{64} << 20U;
    return what;
}

/// Each rank writes its granules, in random pieces and in random order, as far as they lie before item `end`; then all
/// close.
template <class Result, class Team, class Make>
std::size_t write_chunks(const distproc::compressed_hdf5_writer& writer, const distproc::plan& what, const Team& ranks,
                         const Make& make, distproc::outcome how = distproc::outcome::complete,
                         std::size_t end = distproc::no_item) {
    auto session = writer.template open<Result>(what, ranks);
    for (auto items : random_pieces(what, ranks.rank(), ranks.size(), static_cast<unsigned>(7 + ranks.rank()))) {
        items.last = std::min(items.last, end);
        if (items.first < items.last) {
            write_piece<Result>(session, items, what.result.per_item, make);
        }
    }
    session.finish();
    session.close(how);
    return session.moved().written;
}

inline bool reads_zstd() { return H5Zfilter_avail(32015) > 0; }

/// Every form of output into `directory`: what check_compressed_with_h5py.py expects. `small`: only of a small shape.
template <class Team>
void write_chunked_forms(const std::string& directory, const Team& ranks, const distproc::compressed_hdf5_writer& how,
                         bool small) {
    using distproc::shape;
    std::vector<std::pair<std::string, shape>> shapes{
        {"small", {7, 13}}, {"map", {50, 50}}, {"long", {1, 100003}}, {"cube", {3, 4, 5}}, {"none", {0, 5}}};
    shapes.resize(small ? 1 : shapes.size());
    const auto writer_to = [&](const std::string& file, const std::string& path) {
        distproc::compressed_hdf5_writer writer = how;
        writer.file = directory + "/" + file + ".h5";
        writer.path = path;
        writer.replace = true;
        return writer;
    };
    for (const auto& [label, items] : shapes) {
        const shape fours = label == "long" ? shape{1, 4096} : shape(items.size(), 4);
        auto columns = writer_to(label + "_columns", "/a/fits");
        columns.units = {{"amplitude", "pm/V"}, {"at.x", "µm"}};
        columns.attributes = {{"title", "a test"}, {"temperature", 293.5}, {"run", 42}};
        write_chunks<mixed>(columns, chunked_plan<mixed>(columns, items, ranks.size()), ranks, mixed_of);
        auto root = writer_to(label + "_root", "/");
        root.chunk = fours;
        write_chunks<mixed>(root, chunked_plan<mixed>(root, items, ranks.size()), ranks, mixed_of);
        auto compound = writer_to(label + "_compound", "fits");
        compound.records = distproc::hdf5_records::compound;
        compound.units = {{"at.x", "µm"}};
        compound.chunk = fours;
        write_chunks<mixed>(compound, chunked_plan<mixed>(compound, items, ranks.size()), ranks, mixed_of);
        auto bare = writer_to(label + "_bare", "/deep/est/value");
        bare.units = {{"", "nm"}};
        write_chunks<double>(bare, chunked_plan<double>(bare, items, 5), ranks,
                             [](std::size_t k) { return static_cast<double>(k) * 0.7; });
        using triple = std::array<std::complex<float>, 3>;
        const auto triples = writer_to(label + "_array", "/value");
        write_chunks<triple>(triples, chunked_plan<triple>(triples, items, 2), ranks, [](std::size_t k) {
            const auto v = static_cast<float>(k % 100000);
            return triple{{{v, 0}, {0, v}, {v, -v}}};
        });
        const auto flags = writer_to(label + "_bool", "/value");
        write_chunks<bool>(flags, chunked_plan<bool>(flags, items, 3), ranks, [](std::size_t k) { return k % 5 == 1; });
        auto rows = writer_to(label + "_rows", "/value"); // a shape stated at run time
        rows.chunk = fours;
        const auto stated = chunked_plan<float>(rows, items, ranks.size(), distproc::describe_arrays<float>({2, 5}));
        write_chunks<float>(rows, stated, ranks, [](std::size_t k) { return static_cast<float>(k % 100000); });
    }
    auto stopped = writer_to("stopped", "/fits");
    stopped.chunk = {16};
    write_chunks<mixed>(stopped, chunked_plan<mixed>(stopped, {1000}, ranks.size()), ranks, mixed_of,
                        distproc::outcome::stopped, 777);
    const auto nothing = writer_to("nothing", "/fits");
    write_chunks<mixed>(nothing, chunked_plan<mixed>(nothing, {100}, 1), ranks, mixed_of, distproc::outcome::stopped,
                        0);
}

template <class Team>
void write_chunked_outputs(const std::string& directory, const Team& ranks) {
    using distproc::codec;
    using distproc::hdf5_files;
    std::vector<std::pair<std::string, distproc::compression>> all{
        {"deflate", {codec::deflate, 1}}, {"plain", {codec::deflate, -1, false}}, {"none", {codec::none}}};
    if (reads_zstd()) {
        all.push_back({"zstd", {codec::zstd, 2}});
    }
    for (const auto& [label, how] : all) {
        for (const auto files : {hdf5_files::one, hdf5_files::per_writer}) {
            const std::string folder = directory + "/" + label + (files == hdf5_files::one ? "" : "_parts");
            if (ranks.rank() == 0) {
                std::filesystem::create_directories(folder);
            }
            ranks.meet([] {});
            distproc::compressed_hdf5_writer writer;
            writer.compression = how;
            writer.files = files;
            write_chunked_forms(folder, ranks, writer, label != "deflate");
        }
    }
}

} // namespace test
