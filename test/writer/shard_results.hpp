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

template <class Result, class Writer>
distproc::plan shard_plan(const Writer& writer, const distproc::shape& items, std::size_t domains) {
    distproc::plan what = plan_of<Result>(items);
    what.grid = distproc::granules(items, writer.grain(what.result, items, domains));
    what.remaining = distproc::index_set(what.grid.count());
    what.memory_bytes = std::size_t{16} << 20U;
    return what;
}

/// Each rank writes its granules, in random pieces and in random order; then all close.
template <class Result, class Writer, class Team, class Make>
std::size_t write_shards(const Writer& writer, const distproc::plan& what, const Team& ranks, const Make& make,
                         distproc::outcome how = distproc::outcome::complete) {
    auto session = writer.template open<Result>(what, ranks);
    for (const auto items : random_pieces(what, ranks.rank(), ranks.size(), static_cast<unsigned>(7 + ranks.rank()))) {
        write_piece<Result>(session, items, what.result.per_item, make);
    }
    session.finish();
    session.close(how);
    return session.moved().written;
}

inline constexpr auto as_it_is = [](const auto& writer) { return writer; };

/// Every form of output into `directory`: what check_with_zarr.py expects. By `wrap(writer)` of writers like `base`.
template <class Team, class Writer = distproc::shard_writer, class Wrap = decltype(as_it_is)>
void write_shard_outputs(const std::string& directory, const Team& ranks, const Writer& base = {},
                         const Wrap& wrap = as_it_is) {
    using distproc::shape;
    const std::vector<std::pair<std::string, shape>> shapes{{"map", {50, 50}},     {"small", {7, 13}},
                                                            {"long", {1, 100003}}, {"cube", {3, 4, 5}},
                                                            {"none", {0, 5}},      {"one", {}}};
    const auto writer_to = [&](const std::string& path) {
        Writer to = base;
        to.path = directory + "/" + path + ".zarr";
        to.replace = true;
        return to;
    };
    const auto write = [&](auto result, const Writer& to, const shape& items, std::size_t domains, const auto& make) {
        using Result = decltype(result);
        const auto by = wrap(to);
        write_shards<Result>(by, shard_plan<Result>(by, items, domains), ranks, make);
    };
    for (const auto& [label, items] : shapes) {
        const auto to = [&, &n = label](const char* kind) { return writer_to(n + "_" + kind); };
        Writer columns = to("columns");
        columns.units = {{"amplitude", "pm/V"}, {"at.x", "µm"}};
        columns.attributes = {{"title", "a test"}, {"temperature", 293.5}, {"run", 42}};
        write(mixed{}, columns, items, ranks.size(), mixed_of);
        Writer chunked = to("chunked");
        chunked.shard_bytes = 65536;
        chunked.chunk = label == "long" ? shape{2, 4096} : shape(items.size(), 4);
        write(mixed{}, chunked, items, ranks.size(), mixed_of);
        Writer bare = to("bare");
        bare.units = {{"", "nm"}};
        write(0.0, bare, items, 1, [](std::size_t k) { return static_cast<double>(k) * 0.7; });
        using triple = std::array<std::complex<float>, 3>;
        write(triple{}, to("array"), items, 2, [](std::size_t k) {
            const auto v = static_cast<float>(k % 100000);
            return triple{{{v, 0}, {0, v}, {v, -v}}};
        });
        write(false, to("bool"), items, 5, [](std::size_t k) { return k % 5 == 1; });
        const auto rows = wrap(to("rows")); // a shape stated at run time
        distproc::plan stated = shard_plan<float>(rows, items, ranks.size());
        stated.result = distproc::describe_arrays<float>({2, 5});
        write_shards<float>(rows, stated, ranks, [](std::size_t k) { return static_cast<float>(k % 100000); });
    }
    const auto stopped = wrap(writer_to("stopped"));
    write_shards<mixed>(stopped, shard_plan<mixed>(stopped, {4}, 1), ranks, mixed_of, distproc::outcome::stopped);
}

} // namespace test
