// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Results of variable length on one executor, with every writer that takes them, against a plain loop.
#include "core/scoped_environment.hpp"
#include "execute/small_runs.hpp"
#include "support/hdf5_file.hpp"
#include "support/shared_folder.hpp"
#include "writer/sample_lists.hpp"
#include <distproc/core/random_stream.hpp>
#include <distproc/execute.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/shard/reader.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/null.hpp>
#include <distproc/writer/shard.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace test {

using lists_of_doubles = std::vector<std::vector<double>>;

/// A folder with outputs of lists, and their lists read back.
template <class Team>
class list_files {
public:
    explicit list_files(const Team& ranks) : folder_(ranks) {}

    [[nodiscard]] distproc::hdf5_writer hdf5() const { return {.file = folder_ / "lists.h5", .replace = true}; }
    [[nodiscard]] distproc::shard_writer shards() const {
        return {.path = folder_ / "lists.zarr", .replace = true, .shard_bytes = 200'000};
    }

    [[nodiscard]] lists_of_doubles from_hdf5() const {
        const std::string file = folder_ / "lists.h5";
        return cut(read_dataset<std::uint64_t>(file, "/results/offsets", H5T_NATIVE_UINT64),
                   read_dataset<double>(file, "/results/values", H5T_NATIVE_DOUBLE));
    }
    [[nodiscard]] lists_of_doubles from_shards() const {
        const std::string path = folder_ / "lists.zarr";
        return cut(read_array<std::uint64_t>(path, "offsets", distproc::element_kind::uint64),
                   read_array<double>(path, "values", distproc::element_kind::float64));
    }
    [[nodiscard]] bool hdf5_complete() const {
        const hid_t file = H5Fopen((folder_ / "lists.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
        const hid_t mark = H5Aopen_by_name(file, "/results", "complete", H5P_DEFAULT, H5P_DEFAULT);
        unsigned char complete = 2;
        CHECK(H5Aread(mark, H5T_NATIVE_UCHAR, &complete) >= 0);
        H5Aclose(mark);
        H5Fclose(file);
        return complete != 0;
    }
    [[nodiscard]] bool shards_complete() const { return !distproc::detail::marked_incomplete(folder_ / "lists.zarr"); }
    /// Names in the folder, in order.
    [[nodiscard]] std::string names() const {
        std::vector<std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
            all.push_back(entry.path().filename().string());
        }
        std::sort(all.begin(), all.end());
        std::string text;
        for (const std::string& name : all) {
            text += name + " ";
        }
        return text;
    }
    void remove_all() const {
        std::filesystem::remove(folder_ / "lists.h5");
        std::filesystem::remove_all(folder_ / "lists.zarr");
    }

private:
    template <class T>
    static std::vector<T> read_array(const std::string& path, const std::string& name, distproc::element_kind kind) {
        distproc::detail::shard_reader reader(path, name, distproc::item_axes{0}, kind);
        std::vector<T> values(distproc::volume(reader.items()));
        if (!values.empty()) {
            reader.read(0, values.size(), reinterpret_cast<std::byte*>(values.data()));
        }
        return values;
    }
    static lists_of_doubles cut(const std::vector<std::uint64_t>& offsets, const std::vector<double>& values) {
        lists_of_doubles lists;
        REQUIRE_FALSE(offsets.empty());
        REQUIRE(offsets.front() == 0);
        REQUIRE(offsets.back() == values.size());
        for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
            REQUIRE(offsets[i] <= offsets[i + 1]);
            const auto at = [&](std::uint64_t offset) { return values.begin() + static_cast<std::ptrdiff_t>(offset); };
            lists.emplace_back(at(offsets[i]), at(offsets[i + 1]));
        }
        return lists;
    }

    shared_folder<Team> folder_;
};

template <class Executor>
std::uint32_t lists_seed(const Executor& on) {
    const auto ranks = on.make_team();
    const auto seed =
        static_cast<std::uint32_t>(std::stoul(ranks.broadcast(std::to_string(std::random_device()()), 0)));
    if (ranks.rank() == 0) {
        MESSAGE("seed ", seed);
    }
    return seed;
}

/// Every writer, alone and behind node_gather of one and two nodes for each writer.
template <class Executor>
void lists(const Executor& on) {
    const std::uint32_t seed = lists_seed(on);
    const auto ranks = on.make_team();
    const bool root = ranks.rank() == 0;
    const list_files files(ranks);
    for (const distproc::shape& items :
         {distproc::shape{50, 50}, distproc::shape{7, 13}, distproc::shape{0}, distproc::shape{ranks.size()}}) {
        for (const bool empty : {false, true}) {
            if (empty && items != distproc::shape{7, 13}) {
                continue;
            }
            CAPTURE(distproc::to_string(items));
            CAPTURE(empty);
            const sample_lists compute{seed, empty};
            const std::size_t count = distproc::volume(items);
            const auto expected = all_lists(compute, count);
            const auto numbers = item_numbers(count);
            const auto run = [&](const auto& writer) {
                const auto report = execute(distproc::range_source{numbers, items}, compute, on, writer, quiet());
                CHECK(report.items == count);
                return report;
            };

            lists_of_doubles everywhere(3, {1, 2, 3});
            run(distproc::memory_writer{everywhere, distproc::results_on::every_rank});
            CHECK(everywhere == expected);
            lists_of_doubles here(1, {-1});
            run(distproc::memory_writer{here});
            CHECK((root ? here == expected : here == lists_of_doubles(1, {-1})));
            std::vector<std::vector<double>> storage(count, {5});
            std::span<std::vector<double>> view(storage);
            run(distproc::node_gather{distproc::memory_writer{view}, 2});
            CHECK((!root || storage == expected));
            run(distproc::null_writer{});
            run(distproc::node_gather{distproc::null_writer{}});

            std::size_t values = count + 1; // of 8 bytes, with the offsets
            for (const auto& list : expected) {
                values += list.size();
            }
            const auto check = [&](const distproc::report& report, const char* names, auto&& read) {
                CHECK(report.bytes_written == 8 * values);
                if (root) {
                    CHECK(read() == expected);
                    CHECK(files.names() == names);
                    files.remove_all();
                }
                ranks.meet([] {});
            };
            const auto read_file = [&] {
                CHECK(files.hdf5_complete());
                return files.from_hdf5();
            };
            const auto read_shards = [&] {
                CHECK(files.shards_complete());
                return files.from_shards();
            };
            check(run(files.hdf5()), "lists.h5 ", read_file);
            check(run(files.shards()), "lists.zarr ", read_shards);
            for (const std::size_t nodes : {1U, 2U}) {
                check(run(distproc::node_gather{files.hdf5(), nodes}), "lists.h5 ", read_file);
                check(run(distproc::node_gather{files.shards(), nodes}), "lists.zarr ", read_shards);
            }
        }
    }
}

/// What was computed before is kept, and the rest is empty; the run says what happened.
template <class Executor>
void unfinished_lists(const Executor& on) {
    const std::uint32_t seed = lists_seed(on);
    const auto ranks = on.make_team();
    const list_files files(ranks);
    constexpr std::size_t count = 3000;
    const auto numbers = item_numbers(count);
    const auto expected = all_lists({seed}, count);
    const auto check = [&](auto&& read, bool complete, std::size_t missing) {
        if (ranks.rank() == 0) {
            const lists_of_doubles found = read();
            CHECK_FALSE(complete);
            REQUIRE(found.size() == count);
            for (std::size_t i = 0; i < count; ++i) {
                REQUIRE((found[i].empty() || found[i] == expected[i]));
            }
            CHECK(found[missing].empty());
            files.remove_all();
        }
        ranks.meet([] {});
    };

    const auto failing = [&](const auto& writer) {
        const sample_lists compute{seed, false, 3}; // of 100,001 values if it did not throw
        return message_of([&] { (void)execute(numbers, compute, on, writer, quiet()); });
    };
    CHECK(failing(files.hdf5()) == "no peaks");
    check([&] { return files.from_hdf5(); }, ranks.rank() == 0 && files.hdf5_complete(), 3);
    CHECK(failing(distproc::node_gather{files.shards(), 2}) == "no peaks");
    check([&] { return files.from_shards(); }, ranks.rank() == 0 && files.shards_complete(), 3);
    lists_of_doubles in_memory;
    CHECK(failing(distproc::memory_writer{in_memory}) == "no peaks");

    std::stop_source stop;
    auto how = quiet();
    how.stop = stop.get_token();
    stop.request_stop();
    const auto report = execute(numbers, sample_lists{seed}, on, files.shards(), how);
    CHECK(report.stopped);
    check([&] { return files.from_shards(); }, ranks.rank() == 0 && files.shards_complete(), count - 1);
    CHECK((ranks.rank() != 0 || files.names().empty()));

    {
        const distproc::test::scoped_environment dry("DISTPROC_DRY_RUN", "1");
        lists_of_doubles untouched(1, {-1});
        const distproc::memory_writer to{untouched, distproc::results_on::every_rank};
        CHECK(execute(numbers, sample_lists{seed}, on, files.hdf5(), quiet()).trial);
        CHECK(execute(numbers, sample_lists{seed}, on, distproc::node_gather{files.shards()}, quiet()).trial);
        CHECK(execute(numbers, sample_lists{seed}, on, to, quiet()).trial);
        CHECK(untouched == lists_of_doubles(1, {-1}));
        CHECK((ranks.rank() != 0 || files.names().empty()));
        ranks.meet([] {});
    }

    // An output that exists, units of nothing, a container of another length: an error on all ranks before anything.
    if (ranks.rank() == 0) {
        std::filesystem::create_directories(files.shards().path + "/other");
        write_dataset(files.hdf5().file.name(), "/x", H5T_NATIVE_INT, H5T_NATIVE_INT, {}, nullptr);
    }
    ranks.meet([] {});
    distproc::hdf5_writer file = files.hdf5();
    file.replace = false;
    CHECK(contains(failing(file), "exists; set replace = true of the writer to overwrite it"));
    file.replace = true;
    file.units = {{"offset", "m"}};
    CHECK(
        contains(failing(file), "units are given for 'offset', but the members of the result are 'offsets', 'values'"));
    CHECK(contains(failing(files.shards()), "is no Zarr directory: it holds 'other'"));
    distproc::shard_writer chunked = files.shards();
    chunked.chunk = {7};
    CHECK(contains(failing(chunked), "shard_writer: chunk counts items, but results of variable length are cut"));
    lists_of_doubles storage(7);
    std::span<std::vector<double>> view(storage);
    CHECK(failing(distproc::memory_writer{view, distproc::results_on::every_rank}) ==
          "memory_writer: the container holds 7 lists and the run has 3000 items; give one of that length, or a "
          "std::vector");
}

/// Random lists, from a workspace, of the elements of a kind.
template <class E>
struct random_lists {
    std::vector<E> space{};

    std::vector<E> operator()(std::uint32_t, distproc::context& here) {
        space.resize(static_cast<std::size_t>(here.random().uniform() * 20));
        for (E& value : space) {
            value = static_cast<E>(here.random().uniform() * 100);
        }
        return space;
    }
};

template <class E, class Executor>
void lists_of(const Executor& on) {
    constexpr std::size_t count = 300;
    std::vector<std::vector<E>> expected;
    for (std::size_t i = 0; i < count; ++i) {
        distproc::random_stream random(seed, i);
        expected.emplace_back(static_cast<std::size_t>(random.uniform() * 20));
        for (E& value : expected.back()) {
            value = static_cast<E>(random.uniform() * 100);
        }
    }
    std::vector<std::vector<E>> results;
    const distproc::memory_writer to{results, distproc::results_on::every_rank};
    (void)execute(item_numbers(count), random_lists<E>{}, on, to, quiet());
    CHECK(results == expected);
    results.clear();
    (void)execute(item_numbers(count), random_lists<E>{}, on, distproc::node_gather{to}, quiet());
    CHECK((on.make_team().rank() != 0 || results == expected));
}

} // namespace test
