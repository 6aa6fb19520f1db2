// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes the outputs that check_with_h5py.py expects as shards first, and merges each into an HDF5 file.
#include "writer/fill_folder.hpp"
#include "writer/hdf5_results.hpp"
#include "writer/shard_results.hpp"
#include <distproc/core/error.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/merge_shards.hpp>

#include <array>
#include <complex>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace {

const distproc::solo_team alone;

template <class Result, class Make>
void merge(const distproc::shape& items, const Make& make, const distproc::shard_writer& with,
           const distproc::hdf5_writer& to) {
    // Compressed every other time.
    static bool compressed = false;
    compressed = !compressed;
    if (compressed) {
        const distproc::compressed_shard_writer by{with.path,  true,       {distproc::codec::zstd}, with.shard_bytes,
                                                   with.chunk, with.units, with.attributes};
        test::write_shards<Result>(by, test::shard_plan<Result>(by, items, 3), alone, make);
        distproc::merge_shards(by.path, to);
        std::filesystem::remove_all(by.path);
        return;
    }
    distproc::shard_writer by = with;
    by.replace = true;
    test::write_shards<Result>(by, test::shard_plan<Result>(by, items, 3), alone, make);
    distproc::merge_shards(by.path, to);
    std::filesystem::remove_all(by.path);
}

void merge_outputs(const std::string& directory) {
    using distproc::shape;
    const std::vector<std::pair<std::string, shape>> shapes{{"map", {50, 50}},     {"small", {7, 13}},
                                                            {"long", {1, 100003}}, {"cube", {3, 4, 5}},
                                                            {"none", {0, 5}},      {"one", {}}};
    const std::string shards = directory + "/shards.zarr";
    for (const auto& [label, items] : shapes) {
        const auto file = [&, &n = label](const char* kind) { return directory + "/" + n + "_" + kind + ".h5"; };
        distproc::shard_writer columns{shards};
        columns.units = {{"amplitude", "pm/V"}, {"at.x", "µm"}};
        columns.attributes = {{"title", "a test"}, {"temperature", 293.5}, {"run", 42}};
        merge<test::mixed>(items, test::mixed_of, columns, {file("columns"), "/a/fits", true});
        merge<test::mixed>(items, test::mixed_of, {shards}, {file("root"), "/", true});
        distproc::hdf5_writer compound{file("compound"), "fits", true, distproc::hdf5_records::compound};
        merge<test::mixed>(items, test::mixed_of, {.path = shards, .units = {{"at.x", "µm"}}}, compound);
        merge<double>(items, [](std::size_t k) { return static_cast<double>(k) * 0.7; },
                      {.path = shards, .units = {{"", "nm"}}}, {file("bare"), "/deep/est/value", true});
        using triple = std::array<std::complex<float>, 3>;
        merge<triple>(items,
                      [](std::size_t k) {
                          const auto v = static_cast<float>(k % 100000);
                          return triple{{{v, 0}, {0, v}, {v, -v}}};
                      },
                      {shards}, {file("array"), "/value", true});
        merge<bool>(items, [](std::size_t k) { return k % 5 == 1; }, {shards}, {file("bool"), "/value", true});
    }
    // What is not whole is not merged; hdf5_writer makes the file that the script looks for.
    distproc::shard_writer stopped{shards};
    test::write_shards<test::mixed>(stopped, test::shard_plan<test::mixed>(stopped, {4}, 1), alone, test::mixed_of,
                                    distproc::outcome::stopped);
    bool refused = false;
    try {
        distproc::merge_shards(shards, directory + "/refused.h5");
    } catch (const distproc::error& e) {
        refused = std::string(e.what()).find("marked incomplete") != std::string::npos;
    }
    std::filesystem::remove_all(shards);
    if (!refused) {
        throw distproc::error("an incomplete output was merged");
    }
    const distproc::hdf5_writer by{directory + "/stopped.h5", "/fits", true};
    test::write_all<test::mixed>(by, test::plan_of<test::mixed>({4}), alone, test::mixed_of,
                                 distproc::outcome::stopped);
}

} // namespace

int main(int argc, char** argv) { return test::fill_folder(argc, argv, merge_outputs); }
