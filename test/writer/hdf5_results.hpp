// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Results whose values follow from the number of the item, and how ranks write them: for the tests of hdf5_writer and
// for check_with_h5py.py, which has the same formulae in numpy.
#include <distproc/core/describe.hpp>
#include <distproc/core/named.hpp>
#include <distproc/core/parameters.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/hdf5.hpp>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace test {

enum class phase : std::uint16_t { solid = 3, liquid = 500 };

struct place {
    float x;
    double y;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("x", x) & distproc::named("y", y);
    }
};

/// Every kind of member, with padding, and an order of `serialize` that is not that of memory.
struct mixed {
    bool good;
    double amplitude;
    std::int8_t small;
    std::array<std::array<float, 3>, 2> matrix;
    std::complex<double> field;
    place at;
    phase state;
    std::uint64_t large;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("amplitude", amplitude) & distproc::named("good", good) &
            distproc::named("small", small) & distproc::named("matrix", matrix) & distproc::named("field", field) &
            distproc::named("at", at) & distproc::named("state", state) & distproc::named("large", large);
    }
};

inline mixed mixed_of(std::size_t k) {
    const auto v = static_cast<double>(k);
    mixed r;
    std::fill_n(reinterpret_cast<unsigned char*>(&r), sizeof r,
                static_cast<unsigned char>(0xAA)); // padding is not zero
    r.good = k % 3 == 0;
    r.amplitude = v * 0.1;
    r.small = static_cast<std::int8_t>(static_cast<int>(k % 256) - 128);
    for (std::size_t i = 0; i < 6; ++i) {
        r.matrix[i / 3][i % 3] = static_cast<float>(k % 1000) + 0.25F * static_cast<float>(i);
    }
    r.field = {v * 0.3, -v};
    r.at.x = static_cast<float>(k % 5000) * 0.5F;
    r.at.y = v / 7;
    r.state = k % 2 == 0 ? phase::solid : phase::liquid;
    r.large = static_cast<std::uint64_t>(k) * 1000000007U;
    return r;
}

/// Parameters of every kind.
struct model {
    double tolerance = 0.1;
    int steps = 12;
    bool robust = true;
    std::string method = "Levenberg–Marquardt";
    std::vector<double> voltage{-1.5, 0, 1.5};
    std::array<std::array<int, 2>, 2> grid{{{1, 2}, {3, 4}}};
    std::complex<float> pole{1, -2};
    std::vector<double> nothing;
    std::string source = "a name that the library has taken";
    std::vector<double> table = std::vector<double>(20000, 0.125); // too large for an attribute
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& distproc::named("tolerance", tolerance) & distproc::named("steps", steps) &
            distproc::named("robust", robust) & distproc::named("method", method) &
            distproc::named("voltage", voltage) & distproc::named("grid", grid) & distproc::named("pole", pole) &
            distproc::named("nothing", nothing) & distproc::named("source", source) & distproc::named("table", table);
    }
};

template <class Result>
distproc::plan plan_of(const distproc::shape& items) {
    distproc::plan what;
    what.grid = distproc::granules(items);
    what.todo = distproc::index_set(what.grid.count());
    what.result = distproc::describe<Result>();
    what.parameters = distproc::parameters_of(model{});
    what.compute = "model";
    what.source = "scan.h5:/loops";
    return what;
}

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
