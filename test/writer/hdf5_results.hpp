// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// How ranks write the sample results with hdf5_writer: for its tests and for check_with_h5py.py.
#include "writer/sample_results.hpp"
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/hdf5.hpp>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace test {

/// Each rank writes its share, in runs of random lengths and in random order; then all close.
template <class Result, class Writer, class Team, class Make>
std::size_t write_all(const Writer& writer, const distproc::plan& what, const Team& ranks, Make&& make,
                      distproc::outcome how = distproc::outcome::complete) {
    auto session = writer.template open<Result>(what, ranks);
    const std::size_t count = what.grid.item_count();
    const std::size_t begin = count * ranks.rank() / ranks.size();
    const std::size_t end = count * (ranks.rank() + 1) / ranks.size();
    std::minstd_rand random(static_cast<unsigned>(7 + ranks.rank()));
    std::vector<std::pair<std::size_t, std::size_t>> runs;
    for (std::size_t first = begin; first < end;) {
        const std::size_t length = std::min<std::size_t>(end - first, 1 + random() % (1 + count / 5));
        runs.emplace_back(first, length);
        first += length;
    }
    std::shuffle(runs.begin(), runs.end(), random);
    for (const auto& [first, length] : runs) {
        const auto results = std::make_unique<Result[]>(length);
        for (std::size_t k = 0; k < length; ++k) {
            results[k] = make(first + k);
        }
        session.write(first, std::span<const Result>(results.get(), length));
    }
    session.finish();
    session.close(how);
    return session.moved().written;
}

/// Every form of output into `directory`: what check_with_h5py.py expects.
template <class Team>
void write_outputs(const std::string& directory, const Team& ranks) {
    using distproc::hdf5_records;
    using distproc::shape;
    const std::vector<std::pair<std::string, shape>> shapes{{"map", {50, 50}},     {"small", {7, 13}},
                                                            {"long", {1, 100003}}, {"cube", {3, 4, 5}},
                                                            {"none", {0, 5}},      {"one", {}}};
    for (const auto& [label, items] : shapes) {
        const auto file = [&, &n = label](const char* kind) { return directory + "/" + n + "_" + kind + ".h5"; };
        const auto what = plan_of<mixed>(items);
        distproc::hdf5_writer columns{file("columns"), "/a/fits"};
        columns.replace = true;
        columns.units = {{"amplitude", "pm/V"}, {"at.x", "µm"}};
        columns.attributes = {{"title", "a test"}, {"temperature", 293.5}, {"run", 42}};
        write_all<mixed>(columns, what, ranks, mixed_of);
        distproc::hdf5_writer root{file("root"), "/", true};
        write_all<mixed>(root, what, ranks, mixed_of);
        distproc::hdf5_writer compound{file("compound"), "fits", true, hdf5_records::compound, {{"at.x", "µm"}}};
        write_all<mixed>(compound, what, ranks, mixed_of);
        distproc::hdf5_writer bare{file("bare"), "/deep/est/value", true, hdf5_records::columns, {{"", "nm"}}};
        write_all<double>(bare, plan_of<double>(items), ranks,
                          [](std::size_t k) { return static_cast<double>(k) * 0.7; });
        using triple = std::array<std::complex<float>, 3>;
        distproc::hdf5_writer triples{file("array"), "/value", true};
        write_all<triple>(triples, plan_of<triple>(items), ranks, [](std::size_t k) {
            const auto v = static_cast<float>(k % 100000);
            return triple{{{v, 0}, {0, v}, {v, -v}}};
        });
        distproc::hdf5_writer flags{file("bool"), "/value", true};
        write_all<bool>(flags, plan_of<bool>(items), ranks, [](std::size_t k) { return k % 5 == 1; });
    }
    distproc::hdf5_writer stopped{directory + "/stopped.h5", "/fits", true};
    write_all<mixed>(stopped, plan_of<mixed>({4}), ranks, mixed_of, distproc::outcome::stopped);
}

} // namespace test
