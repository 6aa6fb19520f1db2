// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Windows of images in HDF5 files, against a plain loop; and how much of the file is read for them.
#include "source/drain.hpp"
#include "source/plain_windows.hpp"
#include "support/hdf5_file.hpp"
#include <distproc/distproc.hpp>
#include <distproc/executor/tbb.hpp>
#include <distproc/flow/hand_over.hpp>
#include <distproc/source/hdf5.hpp>

#include <doctest/doctest.h>
#include <hdf5.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

using distproc::edge;
using distproc::hdf5_elements;
using distproc::windows;

TEST_CASE("windows of images in HDF5 files") {
    const test::folder folder;
    std::size_t number = 0;
    for (const test::window_case& one : test::window_cases()) {
        CAPTURE(distproc::to_string(one.image));
        CAPTURE(distproc::to_string(one.window));
        const auto pixels = test::random_pixels<float>(distproc::volume(one.image), 12);
        const std::string path = "/" + std::to_string(number++);
        test::write_dataset(folder / "in.h5", path, H5T_IEEE_F64BE, H5T_NATIVE_FLOAT,
                            {one.image.begin(), one.image.end()}, pixels.data());
        for (const edge beyond : test::all_edges) {
            CAPTURE(static_cast<int>(beyond));
            if (beyond == edge::whole && !test::fits(one)) {
                continue;
            }
            const test::plain_windows<float> expected(pixels, one.image, one.window, beyond, -2.0F);
            const auto source = windows(hdf5_elements<float>{folder / "in.h5", path}, one.window, beyond, -2.0F);
            using view = distproc::detail::fetched_t<decltype(source.open())>;
            CHECK(source.open().items() == expected.items);
            for (const unsigned seed : {1U, 2U, 3U}) {
                for (const std::size_t capacity : {std::size_t{1}, std::size_t{5}, std::size_t{40}}) {
                    CAPTURE(seed);
                    CAPTURE(capacity);
                    distproc::detail::hand_over<view> convey;
                    std::size_t wrong = 0;
                    std::size_t seen = 0;
                    test::drain(
                        source, capacity,
                        [&](std::size_t k, const view& later) {
                            const std::span<const float> item = convey(later);
                            wrong += std::vector<float>(item.begin(), item.end()) == expected.all[k] ? 0 : 1;
                            ++seen;
                        },
                        seed);
                    CHECK(wrong == 0);
                    CHECK(seen == expected.all.size());
                }
            }
        }
    }
}

TEST_CASE("only the rows that a block needs are read, each once") {
    const test::folder folder;
    const auto pixels = test::random_pixels<float>(100 * 20, 13);
    test::write_dataset(folder / "in.h5", "/image", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {100, 20}, pixels.data());
    auto source = windows(hdf5_elements<float>{folder / "in.h5", "/image"}, {5, 3}).open();
    const distproc::aligned_buffer memory(source.staging_bytes(1000));
    const distproc::staging stage{memory.data(), 1000};
    CHECK(source.read(10 * 20, 6 * 20, stage, 0) == (6 + 4) * 20 * sizeof(float)); // rows
    CHECK(source.read(0, 20, stage, 0) == 3 * 20 * sizeof(float));                 // the first row
    CHECK(source.read(50 * 20 + 7, 1, stage, 999) == 5 * 3 * sizeof(float));       // one item
    CHECK(source.read(50 * 20 + 7, 4, stage, 0) == 5 * (4 + 2) * sizeof(float));   // a part of a row
    CHECK(source.staging_bytes(1000) < 1000 * (5 * 3 * sizeof(float) + 200));
}

TEST_CASE("threads compute windows of an image in a file, chunked or not") {
    const test::folder folder;
    const distproc::shape image{61, 83};
    const auto pixels = test::random_pixels<float>(distproc::volume(image), 14);
    test::dataset_options chunks;
    chunks.chunk = {16, 16};
    chunks.deflate = 1;
    const auto write = [&](const std::string& path, const test::dataset_options& layout) {
        test::write_dataset(folder / "in.h5", path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {61, 83}, pixels.data(), layout);
    };
    write("/chunks", chunks);
    write("/rows", {});
    const test::plain_windows<float> expected(pixels, image, {4, 7}, edge::nearest, 0);
    const auto sum = [](auto window) {
        double all = 0;
        for (std::size_t k = 0; k < window.size(); ++k) {
            all += static_cast<double>(window[k]) * static_cast<double>(k + 1);
        }
        return all;
    };
    distproc::options how;
    how.show = distproc::progress::off;
    how.block_seconds = 20e-6; // many blocks
    for (const std::string path : {"/chunks", "/rows"}) {
        CAPTURE(path);
        const auto source = windows(hdf5_elements<float>{folder / "in.h5", path}, {4, 7}, edge::nearest);
        CHECK(distproc::reads_concurrently(source.open()) == (path == "/rows")); // plain bytes need no HDF5
        std::vector<double> results;
        const auto report = execute(source, sum, distproc::tbb_executor{3}, distproc::memory_writer{results}, how);
        CHECK(report.items == 61 * 83);
        REQUIRE(results.size() == expected.all.size());
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < results.size(); ++i) {
            wrong += results[i] == sum(expected.all[i]) ? 0 : 1;
        }
        CHECK(wrong == 0);
    }
}
