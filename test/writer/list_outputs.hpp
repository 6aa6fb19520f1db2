// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Outputs of lists in a folder; check_lists.py reads them.
#include "writer/sample_lists.hpp"
#include <distproc/execute.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/compressed_hdf5.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/shard.hpp>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

namespace test {

template <class Executor>
void write_list_outputs(const std::string& folder, const Executor& on) {
    const auto ranks = on.make_team();
    const auto seed =
        static_cast<std::uint32_t>(std::stoul(ranks.broadcast(std::to_string(std::random_device()()), 0)));
    if (ranks.rank() == 0) {
        std::printf("seed %u\n", seed);
    }
    const distproc::options quiet{.show = distproc::progress::off};
    for (const distproc::shape& items : {distproc::shape{50, 50}, distproc::shape{7, 13}, distproc::shape{0},
                                         distproc::shape{91}, distproc::shape{1}}) {
        for (const bool empty : {false, true}) {
            const sample_lists compute{seed, empty};
            const auto numbers = item_numbers(distproc::volume(items));
            const distproc::range_source source{numbers, items};
            const std::string path = folder + "/" + distproc::to_string(items) + (empty ? " empty" : "");
            const distproc::hdf5_writer file{
                .file = path + ".h5",
                .path = "/peaks",
                .replace = true,
                .units = {{"values", "V"}},
                .attributes = {{"seed", std::int64_t{seed}}, {"empty", std::int64_t{empty}}}};
            const distproc::shard_writer shards{
                .path = path + ".zarr",
                .replace = true,
                .shard_bytes = 300'000,
                .units = {{"values", "V"}},
                .attributes = {{"seed", std::int64_t{seed}}, {"empty", std::int64_t{empty}}}};
            (void)execute(source, compute, on, file, quiet);
            (void)execute(source, compute, on, shards, quiet);
            distproc::node_gather gathered_file{file, empty ? 2U : 1U};
            gathered_file.writer.file = distproc::hdf5_file_name(path + " gathered.h5");
            (void)execute(source, compute, on, gathered_file, quiet);
            distproc::node_gather gathered_shards{shards, empty ? 1U : 2U};
            gathered_shards.writer.path = path + " gathered.zarr";
            (void)execute(source, compute, on, gathered_shards, quiet);
            const distproc::compressed_hdf5_writer small{.file = path + " compressed.h5",
                                                         .path = "/peaks",
                                                         .replace = true,
                                                         .units = file.units,
                                                         .attributes = file.attributes};
            (void)execute(source, compute, on, small, quiet);
            distproc::node_gather gathered_small{small};
            gathered_small.writer.file = distproc::hdf5_file_name(path + " compressed gathered.h5");
            (void)execute(source, compute, on, gathered_small, quiet);
        }
    }
}

} // namespace test
