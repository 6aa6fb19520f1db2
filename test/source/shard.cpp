// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "source/drain.hpp"
#include "support/folder.hpp"
#include "writer/shard_results.hpp"
#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/team.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/shard.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/shard.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace fs = std::filesystem;
using test::contains;
using test::thrown_by;

namespace {

double tenth(std::size_t k) { return static_cast<double>(k) * 0.1; }

/// An array of (7, 13) in chunks of 4 x 4, one shard of all.
std::string write_map(const test::folder& folder) {
    const distproc::shard_writer writer{.path = folder / "a.zarr", .chunk = {4, 4}};
    auto what = test::shard_plan<double>(writer, {7, 13}, 1);
    what.grid = distproc::granules({7, 13}, distproc::shape{8, 16});
    test::write_shards<double>(writer, what, distproc::solo_team{}, tenth);
    return folder / "a.zarr";
}

std::string read_all(const std::string& path) {
    return thrown_by([&] {
        test::drain(distproc::shard_source<double>{path}, 3, [](std::size_t item, auto span) {
            for (std::size_t x = 0; x < span.size(); ++x) {
                if (span[x] != tenth(item * span.size() + x)) {
                    throw distproc::error("wrong data accepted");
                }
            }
        });
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

TEST_CASE("what shard_writer wrote is read in blocks of any length") {
    const test::folder folder;
    const std::string path = write_map(folder);
    CHECK(read_all(path).empty());
    std::vector<double> all;
    const distproc::shard_source<double> elements{path, "", {0, 1}};
    test::drain(elements, 10, [&](std::size_t item, auto span) {
        CHECK(span.size() == 1);
        CHECK(span[0] == tenth(item));
        all.push_back(span[0]);
    });
    CHECK(all.size() == 91);
    CHECK(elements.open().description() == path);
    CHECK(elements.open().files() == std::vector<std::string>{path});
}

TEST_CASE("chunks that are no runs of items are read by one thread") {
    const test::folder folder;
    CHECK_FALSE(distproc::reads_concurrently(distproc::shard_source<double>{write_map(folder)}.open()));
}

TEST_CASE("many threads read one source at once, whole chunks and through the cache, packed or not") {
    const test::folder folder;
    const distproc::shape items{40, 30};
    for (const distproc::codec method : {distproc::codec::none, distproc::codec::deflate}) {
        CAPTURE(static_cast<int>(method));
        const std::string path = folder / (method == distproc::codec::none ? "plain.zarr" : "packed.zarr");
        std::vector<std::size_t> numbers(1200);
        std::iota(numbers.begin(), numbers.end(), std::size_t{0});
        distproc::options quiet;
        quiet.show = distproc::progress::off;
        const auto write = [&](const auto& writer) {
            (void)distproc::execute(distproc::range_source{numbers, items}, tenth, distproc::serial_executor{}, writer,
                                    quiet);
        };
        // Rows are read one by one: chunks of one row straight to the items, those of four through the cache.
        for (const distproc::shape& chunk : {distproc::shape{1, 30}, distproc::shape{4, 30}}) {
            if (method == distproc::codec::none) {
                write(distproc::shard_writer{.path = path, .replace = true, .chunk = chunk});
            } else {
                write(distproc::compressed_shard_writer{.path = path, .replace = true, .chunk = chunk});
            }
            auto source = distproc::shard_source<double>{path}.open();
            REQUIRE(distproc::reads_concurrently(source));
            std::atomic<std::size_t> wrong{0};
            std::atomic<std::size_t> bytes{0};
            std::atomic<std::size_t> thrown{0};
            {
                std::vector<std::jthread> readers;
                for (std::size_t reader = 0; reader < 4; ++reader) {
                    readers.emplace_back([&, reader] {
                        try {
                            distproc::aligned_buffer row;
                            row.grow(30 * sizeof(double));
                            const distproc::staging stage{row.data(), 1};
                            for (std::size_t k = 0; k < 200; ++k) {
                                const std::size_t item = (k * 7 + reader * 11) % 40;
                                bytes += source.read(item, 1, stage, 0);
                                const auto got = source.at(item, stage, 0);
                                for (std::size_t x = 0; x < 30; ++x) {
                                    wrong += got[x] != tenth(item * 30 + x) ? 1U : 0U;
                                }
                            }
                        } catch (...) {
                            ++thrown;
                        }
                    });
                }
            }
            CHECK(thrown == 0);
            CHECK(wrong == 0);
            if (method == distproc::codec::none && chunk[0] == 1) {
                CHECK(bytes == 4 * 200 * 30 * sizeof(double));
            }
        }
    }
}

TEST_CASE("the checksum is that of the standard") {
    const std::string digits = "123456789";
    CHECK(distproc::crc32c(std::as_bytes(std::span(digits))) == 0xE3069283U);
    std::vector<std::byte> many(100003);
    for (std::size_t k = 0; k < many.size(); ++k) {
        many[k] = static_cast<std::byte>(k * k % 251);
    }
    for (const std::size_t length : std::vector<std::size_t>{0, 1, 7, 8, 12287, 12288, 12289, 50000, 100003}) {
        const auto part = std::span(many).first(length);
        const auto* p = reinterpret_cast<const unsigned char*>(part.data());
        const std::uint32_t by_tables = ~distproc::detail::crc32c_by_tables(~0U, p, length);
        CHECK(distproc::crc32c(part) == by_tables);
        const std::size_t half = length / 2;
        CHECK(distproc::crc32c(part.subspan(half), distproc::crc32c(part.first(half))) == by_tables);
    }
}

TEST_CASE("a flipped bit anywhere in a shard is an error that names the file") {
    const test::folder folder;
    const std::string path = write_map(folder);
    const std::string file = path + "/c/0/0";
    constexpr std::size_t chunk = 4 * 4 * 8 + 4;
    REQUIRE(fs::file_size(file) == 8 * chunk + 8 * 16 + 4);
    std::size_t chunks = 0;
    std::size_t indexes = 0;
    for (std::size_t at = 0; at < fs::file_size(file); at += at + 5 <= 8 * chunk ? 5 : 1) {
        flip(file, at);
        const std::string said = read_all(path);
        CAPTURE(at);
        CAPTURE(said);
        CHECK(contains(said, file));
        CHECK(contains(said, "wrong checksum"));
        const std::string number = "chunk " + std::to_string(at / chunk) + " (";
        chunks += contains(said, number) ? 1 : 0;
        indexes += contains(said, "the index of the shard") ? 1 : 0;
        flip(file, at);
    }
    CHECK(read_all(path).empty());
    CHECK(chunks == (8 * chunk + 4) / 5);
    CHECK(indexes == 8 * 16 + 4);
}

TEST_CASE("a shard that was cut is an error that names the file; one that is missing holds the fill value") {
    const test::folder folder;
    const std::string path = write_map(folder);
    const std::string file = path + "/c/0/0";
    for (const std::size_t bytes : {std::size_t{1000}, std::size_t{100}, std::size_t{0}}) {
        fs::resize_file(file, bytes);
        CHECK(contains(read_all(path), file));
    }
    fs::remove(file);
    CHECK(contains(read_all(path), "wrong data accepted"));
    double sum = 0;
    test::drain(distproc::shard_source<double>{path}, 3, [&](std::size_t, auto span) { sum += span[0] + span[12]; });
    CHECK(sum == 0);
}
