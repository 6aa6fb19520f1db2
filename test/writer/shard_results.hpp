// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// How ranks write the sample results with shard_writer: for its tests and for check_with_zarr.py.
#include "writer/pieces.hpp"
#include "writer/sample_results.hpp"
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/shard.hpp>

#include <array>
#include <complex>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace test {

template <class Result>
distproc::plan shard_plan(const distproc::shard_writer& writer, const distproc::shape& items, std::size_t domains) {
    distproc::plan what = plan_of<Result>(items);
    what.grid = distproc::granules(items, writer.grain(what.result, items, domains));
    what.remaining = distproc::index_set(what.grid.count());
    what.memory_bytes = std::size_t{16} << 20U;
    return what;
}

/// Each rank writes its granules, in random pieces and in random order; then all close.
template <class Result, class Team, class Make>
std::size_t write_shards(const distproc::shard_writer& writer, const distproc::plan& what, const Team& ranks,
                         const Make& make, distproc::outcome how = distproc::outcome::complete) {
    auto session = writer.template open<Result>(what, ranks);
    for (const auto items : random_pieces(what, ranks.rank(), ranks.size(), static_cast<unsigned>(7 + ranks.rank()))) {
        write_piece<Result>(session, items, what.result.per_item, make);
    }
    session.finish();
    session.close(how);
    return session.moved().written;
}

/// Every form of output into `directory`: what check_with_zarr.py expects.
template <class Team>
void write_shard_outputs(const std::string& directory, const Team& ranks) {
    using distproc::shape;
    const std::vector<std::pair<std::string, shape>> shapes{{"map", {50, 50}},     {"small", {7, 13}},
                                                            {"long", {1, 100003}}, {"cube", {3, 4, 5}},
                                                            {"none", {0, 5}},      {"one", {}}};
    for (const auto& [label, items] : shapes) {
        const auto to = [&, &n = label](const char* kind) { return directory + "/" + n + "_" + kind + ".zarr"; };
        distproc::shard_writer columns{to("columns"), true};
        columns.units = {{"amplitude", "pm/V"}, {"at.x", "µm"}};
        columns.attributes = {{"title", "a test"}, {"temperature", 293.5}, {"run", 42}};
        write_shards<mixed>(columns, shard_plan<mixed>(columns, items, ranks.size()), ranks, mixed_of);
        distproc::shard_writer chunked{.path = to("chunked"), .replace = true, .shard_bytes = 65536};
        chunked.chunk = label == "long" ? shape{2, 4096} : shape(items.size(), 4);
        write_shards<mixed>(chunked, shard_plan<mixed>(chunked, items, ranks.size()), ranks, mixed_of);
        distproc::shard_writer bare{.path = to("bare"), .replace = true, .units = {{"", "nm"}}};
        write_shards<double>(bare, shard_plan<double>(bare, items, 1), ranks,
                             [](std::size_t k) { return static_cast<double>(k) * 0.7; });
        using triple = std::array<std::complex<float>, 3>;
        distproc::shard_writer triples{to("array"), true};
        write_shards<triple>(triples, shard_plan<triple>(triples, items, 2), ranks, [](std::size_t k) {
            const auto v = static_cast<float>(k % 100000);
            return triple{{{v, 0}, {0, v}, {v, -v}}};
        });
        distproc::shard_writer flags{to("bool"), true};
        write_shards<bool>(flags, shard_plan<bool>(flags, items, 5), ranks, [](std::size_t k) { return k % 5 == 1; });
        distproc::shard_writer rows{to("rows"), true}; // a shape stated at run time
        distproc::plan stated = shard_plan<float>(rows, items, ranks.size());
        stated.result = distproc::describe_arrays<float>({2, 5});
        write_shards<float>(rows, stated, ranks, [](std::size_t k) { return static_cast<float>(k % 100000); });
    }
    distproc::shard_writer stopped{directory + "/stopped.zarr", true};
    write_shards<mixed>(stopped, shard_plan<mixed>(stopped, {4}, 1), ranks, mixed_of, distproc::outcome::stopped);
}

} // namespace test
