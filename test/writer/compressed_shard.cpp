// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "support/folder.hpp"
#include "support/open_files.hpp"
#include "writer/file_limit.hpp"
#include "writer/shard_results.hpp"
#include <distproc/core/team.hpp>
#include <distproc/source/shard.hpp>
#include <distproc/writer/compressed_shard.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace compressed_shard_tests {

namespace fs = std::filesystem;
using distproc::codec;
using distproc::compressed_shard_writer;
using distproc::shape;
using test::contains;
using test::thrown_by;

namespace {

const distproc::solo_team alone;

double tenth(std::size_t k) { return static_cast<double>(k) * 0.1; }

template <class Writer>
std::size_t write_some(const Writer& writer, const shape& items, std::size_t domains = 1) {
    return test::write_shards<double>(writer, test::shard_plan<double>(writer, items, domains), alone, tenth);
}

std::size_t files_in(const std::string& path) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
        count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
}

std::vector<double> read_all(const std::string& path) {
    distproc::detail::shard_reader reader(path, "", distproc::item_axes{0}, distproc::element_kind::float64);
    std::vector<double> values(reader.items()[0] * reader.item_elements());
    reader.read(0, reader.items()[0], reinterpret_cast<std::byte*>(values.data()));
    return values;
}

/// Empty, or what is wrong.
std::string compare(const std::string& path, std::size_t count) {
    return thrown_by([&] {
        const std::vector<double> values = read_all(path);
        bool same = values.size() == count;
        for (std::size_t k = 0; same && k < count; ++k) {
            same = values[k] == tenth(k);
        }
        if (!same) {
            throw distproc::error("wrong data accepted");
        }
    });
}

void flip(const std::string& file, std::size_t at) {
    std::fstream io(file, std::ios::in | std::ios::out | std::ios::binary);
    io.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(io.get() ^ 0x10);
    io.seekp(static_cast<std::streamoff>(at));
    io.put(byte);
}

} // namespace

TEST_CASE("7 x 13 items in chunks of 4 x 4, with each codec and level") {
    const test::folder folder;
    for (const distproc::compression& how :
         {distproc::compression{codec::none}, distproc::compression{codec::deflate, 0},
          distproc::compression{codec::deflate, 9}, distproc::compression{codec::zstd},
          distproc::compression{codec::zstd, 19}}) {
        const compressed_shard_writer writer{folder / "a.zarr", true, how, std::size_t{64} << 20U, {4, 4}};
        CAPTURE(to_string(how));
        write_some(writer, {7, 13});
        CHECK(compare(folder / "a.zarr", 91).empty());
    }
}

TEST_CASE("many threads bring pieces of all chunks; no item is lost and the files are smaller") {
    const test::folder folder;
    const compressed_shard_writer writer{.path = folder / "a.zarr"};
    constexpr std::size_t count = 300007;
    auto what = test::shard_plan<double>(writer, {count}, 2);
    auto session = writer.open<double>(what, alone);
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (std::size_t first = 0; (first = next.fetch_add(997)) < count;) {
                test::write_piece<double>(session, {first, std::min(count, first + 997)}, 1,
                                          [](std::size_t k) { return tenth(k); });
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    session.finish();
    session.close(distproc::outcome::complete);
    CHECK(compare(folder / "a.zarr", count).empty());
    CHECK(session.moved().written < count * sizeof(double));
    CHECK(contains(session.description(), "compression zstd 3 to "));
}

TEST_CASE("what is written does not hang on the number of domains") {
    const test::folder folder;
    std::size_t first = 0;
    for (const std::size_t domains : std::vector<std::size_t>{1, 3}) {
        const compressed_shard_writer writer{.path = folder / std::to_string(domains), .chunk = {1000}};
        const std::size_t bytes = write_some(writer, {20000}, domains);
        CHECK(compare(writer.path, 20000).empty());
        CHECK(bytes > 0);
        first = first == 0 ? bytes : first;
    }
}

TEST_CASE("a flipped bit anywhere in a shard is an error that names file and chunk") {
    const test::folder folder;
    for (const codec method : {codec::deflate, codec::zstd}) {
        const std::string path = folder / std::string(to_string(method));
        const compressed_shard_writer writer{.path = path, .compression = {method}, .chunk = {4, 4}};
        auto what = test::shard_plan<double>(writer, {7, 13}, 1);
        what.grid = distproc::granules({7, 13}, shape{8, 16});
        what.remaining = distproc::index_set(1);
        test::write_shards<double>(writer, what, alone, tenth);
        const std::string file = path + "/c/0/0";
        const std::size_t index = 8 * 16 + 4;
        std::size_t chunks = 0;
        for (std::size_t at = 0; at < fs::file_size(file); at += 7) {
            flip(file, at);
            const std::string said = compare(path, 91);
            CAPTURE(at);
            CAPTURE(said);
            CHECK(contains(said, file));
            CHECK(contains(said, "wrong checksum"));
            chunks += contains(said, "': chunk ") ? 1 : 0;
            flip(file, at);
        }
        CHECK(compare(path, 91).empty());
        CHECK(chunks == (fs::file_size(file) - index + 6) / 7);
    }
}

TEST_CASE("shards that a stopped or failed run leaves unfinished are removed, whole ones stay") {
    const test::folder folder;
    for (const auto how : {distproc::outcome::stopped, distproc::outcome::failed}) {
        const compressed_shard_writer writer{.path = folder / "a.zarr", .replace = true, .chunk = {50}};
        auto session = writer.open<double>(test::shard_plan<double>(writer, {800}, 1), alone); // shards of 100
        test::write_piece<double>(session, {0, 100}, 1, tenth);
        test::write_piece<double>(session, {100, 199}, 1, tenth);
        CHECK(fs::exists(folder / "a.zarr/c/1.part"));
        session.finish();
        session.close(how);
        CHECK(fs::exists(folder / "a.zarr/c/0"));
        CHECK(files_in(folder / "a.zarr") == 2);
        CHECK(contains(thrown_by([&] { write_some(compressed_shard_writer{folder / "a.zarr"}, {3}); }),
                       "marked incomplete"));
    }
}

TEST_CASE("a complete run that lacks items is an error") {
    const test::folder folder;
    for (const std::size_t items : std::vector<std::size_t>{49, 99}) { // of the only shard: no whole chunk, one of two
        const compressed_shard_writer writer{.path = folder / std::to_string(items), .chunk = {50}};
        auto what = test::shard_plan<double>(writer, {100}, 1);
        what.grid = distproc::granules({100}, shape{100});
        what.remaining = distproc::index_set(1);
        auto session = writer.open<double>(what, alone);
        test::write_piece<double>(session, {0, items}, 1, tenth);
        session.finish();
        const std::string said = thrown_by([&] { session.close(distproc::outcome::complete); });
        CHECK(contains(said, items == 49 ? "49' has 0 of 1 shards although" : "99/c/0' lacks items although"));
    }
}

TEST_CASE("what does not fit is said before anything is written") {
    const test::folder folder;
    const std::string path = folder / "a.zarr";
    const auto fails = [&](const compressed_shard_writer& writer) {
        return thrown_by([&] { write_some(writer, {7, 13}); });
    };
    CHECK(contains(fails({.path = path, .compression = {codec::zstd, 23}}), "zstd has no level 23; give 1 to 22"));
    CHECK(contains(fails({.path = path, .compression = {codec::deflate, 10}}), "deflate has no level 10"));
    CHECK(contains(fails({.path = path, .compression = {static_cast<codec>(7)}}), "a method that is unknown"));
    CHECK(contains(fails({.path = path, .chunk = {4}}), "compressed_shard_writer: a chunk of 4 items does not fit"));
    CHECK(contains(fails({.path = path, .shard_bytes = 0}), "compressed_shard_writer: shard_bytes is 0"));
    CHECK(contains(fails({.path = path, .units = {{"height", "m"}}}), "units are given for 'height'"));
    const compressed_shard_writer writer{.path = path, .chunk = {1000, 1000}};
    auto what = test::shard_plan<double>(writer, {7, 13}, 1);
    what.memory_bytes = 1000000;
    CHECK(contains(thrown_by([&] { (void)writer.open<double>(what, alone); }), "make chunk of the writer smaller"));
    CHECK(contains(thrown_by([&] { (void)writer.open<double>(test::plan_of<double>({7, 13}), alone); }), "grain()"));
    CHECK(fs::is_empty(folder / ""));
}

TEST_CASE("an existing output is replaced only when that is asked for, and only if it is nothing but Zarr") {
    const test::folder folder;
    const std::string path = folder / "a.zarr";
    write_some(compressed_shard_writer{path}, {1000});
    CHECK(contains(thrown_by([&] { write_some(compressed_shard_writer{path}, {10}); }), "set replace = true"));
    write_some(compressed_shard_writer{path + "/", true}, {10});
    CHECK(compare(path, 10).empty());
    std::ofstream(path + "/notes.txt") << "x";
    CHECK(contains(thrown_by([&] {
                       write_some(compressed_shard_writer{path, true}, {20});
                   }),
                   "notes.txt', which is no part of a Zarr"));
    CHECK(compare(path, 10).empty());
}

TEST_CASE("too few file descriptors: the message names the limit and says how to allow more; none is lost") {
    const test::folder folder;
    const std::size_t before = test::open_files();
    std::string said;
    {
        const compressed_shard_writer writer{.path = folder / "a.zarr", .chunk = {50}};
        auto session = writer.open<double>(test::shard_plan<double>(writer, {80000}, 12), alone);
        {
            const test::open_files_limit few(32);
            said = thrown_by([&] {
                for (std::size_t first = 0; first < 80000; first += 800) {
                    test::write_piece<double>(session, {first, first + 100}, 1, tenth);
                }
            });
        }
        session.finish();
        session.close(distproc::outcome::failed);
    }
    CHECK(contains(said, "a.zarr/c/"));
    CHECK(contains(said,
                   "cannot be created: Too many open files; this process may open 32 files; allow more (ulimit -n)"));
    CHECK(files_in(folder / "a.zarr") == 1);
    CHECK(test::open_files() == before);
}

} // namespace compressed_shard_tests
