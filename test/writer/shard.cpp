// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "support/folder.hpp"
#include "support/open_files.hpp"
#include "support/small_disk.hpp"
#include "writer/file_limit.hpp"
#include "writer/shard_results.hpp"
#include <distproc/core/named.hpp>
#include <distproc/core/team.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/source/shard.hpp>
#include <distproc/writer/shard.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

namespace shard_tests {

namespace fs = std::filesystem;
using distproc::shape;
using distproc::shard_writer;
using test::contains;
using test::thrown_by;

namespace {

const distproc::solo_team alone;

double tenth(std::size_t k) { return static_cast<double>(k) * 0.1; }

void write_some(const shard_writer& writer, const shape& items, std::size_t domains = 1) {
    test::write_shards<double>(writer, test::shard_plan<double>(writer, items, domains), alone, tenth);
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

void touch(const std::string& path) { std::ofstream(path) << "x"; }

struct eleven {
    std::array<double, 11> v;
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        static constexpr std::array names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
        for (std::size_t m = 0; m < v.size(); ++m) {
            archive& distproc::named(names[m], v[m]);
        }
    }
};

} // namespace

TEST_CASE("the number of files grows with the bytes, and by at most a hundred for the balance of load") {
    const auto result = distproc::describe<eleven>();
    const shard_writer writer{"x.zarr"};
    for (const shape& items : {shape{1000000}, shape{1000, 1000}, shape{7, 142858}, shape{1000, 10, 100}}) {
        for (const std::size_t domains : std::vector<std::size_t>{1, 2, 4, 8}) {
            const distproc::granules grid(items, writer.grain(result, items, domains));
            CAPTURE(distproc::to_string(grid.box()));
            CHECK(grid.count() * 11 + 12 <= 100 + 1 + 88000000 / (64U << 20U));
            CHECK(grid.count() >= std::min<std::size_t>(7, 8 * domains));
        }
        CHECK(distproc::granules(items, writer.grain(result, items, 64)).count() >= 64); // something for each
    }
    const distproc::granules large({100, 1000000}, writer.grain(result, {100, 1000000}, 1)); // 8.8 GB
    CHECK(large.count() * 11 >= 131);
    CHECK(large.count() * 11 <= 131 + 100);
}

TEST_CASE("chunks divide shards, and have 256 KiB to 1 MiB where the shard is larger") {
    const shard_writer writer{"x.zarr"};
    for (const shape& items :
         {shape{1000000}, shape{30000019}, shape{4099, 4099}, shape{3, 2000003}, shape{50, 50, 700}}) {
        const auto result = distproc::describe<test::mixed>();
        const shape box = writer.grain(result, items, 2);
        for (const auto& m : result.members) {
            const shape chunk = distproc::detail::chunk_boxes::chunk(m, box, {});
            CAPTURE(distproc::to_string(box));
            CAPTURE(distproc::to_string(chunk));
            CAPTURE(m.name);
            for (std::size_t d = 0; d < box.size(); ++d) {
                CHECK(box[d] % chunk[d] == 0);
            }
            const std::size_t bytes = distproc::volume(chunk) * m.bytes;
            CHECK(bytes <= (1U << 20U));
            CHECK((bytes >= (256U << 10U) || chunk == box));
        }
    }
}

TEST_CASE("a run of 10^6 records makes at most 100 files more than its bytes need, and holds what was computed") {
    const test::folder folder;
    std::vector<double> numbers(1000000);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    const auto compute = [](double x) {
        eleven r{};
        for (std::size_t m = 0; m < r.v.size(); ++m) {
            r.v[m] = x * static_cast<double>(m + 1);
        }
        return r;
    };
    (void)distproc::execute(numbers, compute, distproc::serial_executor{}, shard_writer{folder / "a.zarr"});
    CHECK(files_in(folder / "a.zarr") <= 101);
    const std::vector<double> last = read_all(folder / "a.zarr/k");
    bool same = last.size() == numbers.size();
    for (std::size_t k = 0; same && k < last.size(); ++k) {
        same = last[k] == numbers[k] * 11;
    }
    CHECK(same);
}

TEST_CASE("pieces of many shards at once need no more memory than allowed, and lose nothing") {
    const test::folder folder;
    const shard_writer writer{folder / "a.zarr"};
    auto what = test::shard_plan<double>(writer, {1500007}, 4); // chunks of some 100 KB in 32 shards
    what.memory_bytes = 1 << 20;
    auto session = writer.open<double>(what, alone);
    std::vector<distproc::index_range> pieces;
    for (std::size_t first = 0; first < 1500007; first += 1009) {
        pieces.push_back({first, std::min<std::size_t>(1500007, first + 1009)});
    }
    std::minstd_rand random(11);
    std::shuffle(pieces.begin(), pieces.end(), random);
    for (const auto piece : pieces) {
        test::write_piece<double>(session, piece, 1, tenth);
    }
    session.finish();
    session.close(distproc::outcome::complete);
    const std::vector<double> values = read_all(folder / "a.zarr");
    bool same = values.size() == 1500007;
    for (std::size_t k = 0; same && k < values.size(); ++k) {
        same = values[k] == tenth(k);
    }
    CHECK(same);
}

TEST_CASE("runs that cross shards are cut") {
    const test::folder folder;
    const shard_writer writer{.path = folder / "a.zarr", .chunk = {4, 4}};
    const auto what = test::shard_plan<double>(writer, {7, 13}, 1);
    auto session = writer.open<double>(what, alone);
    test::write_piece<double>(session, {40, 91}, 1, tenth);
    test::write_piece<double>(session, {0, 40}, 1, tenth);
    session.finish();
    session.close(distproc::outcome::complete);
    const std::vector<double> values = read_all(folder / "a.zarr");
    REQUIRE(values.size() == 91);
    CHECK(values[90] == tenth(90));
    CHECK(values[40] == tenth(40));
}

TEST_CASE("shards that a stopped or failed run leaves unfinished are removed, whole ones stay") {
    const test::folder folder;
    for (const auto how : {distproc::outcome::stopped, distproc::outcome::failed}) {
        const shard_writer writer{folder / "a.zarr", true};
        const auto what = test::shard_plan<double>(writer, {800}, 1);
        auto session = writer.open<double>(what, alone);
        test::write_piece<double>(session, {0, 100}, 1, tenth);
        test::write_piece<double>(session, {100, 199}, 1, tenth);
        CHECK(fs::exists(folder / "a.zarr/c/1.part"));
        session.finish();
        session.close(how);
        CHECK(fs::exists(folder / "a.zarr/c/0"));
        CHECK(files_in(folder / "a.zarr") == 2);
        CHECK(contains(thrown_by([&] { write_some({folder / "a.zarr"}, {3}); }), "marked incomplete"));
    }
}

TEST_CASE("a complete run that lacks items is an error") {
    const test::folder folder;
    const shard_writer writer{folder / "a.zarr"};
    auto session = writer.open<double>(test::shard_plan<double>(writer, {800}, 1), alone);
    test::write_piece<double>(session, {0, 99}, 1, tenth);
    session.finish();
    CHECK(contains(thrown_by([&] { session.close(distproc::outcome::complete); }), "a.zarr/c/0' lacks items"));
}

TEST_CASE("an existing output is replaced only when that is asked for, and only if it is nothing but Zarr") {
    const test::folder folder;
    const std::string path = folder / "a.zarr";
    write_some({path}, {1000});
    CHECK(contains(thrown_by([&] { write_some({path}, {10}); }), "set replace = true"));
    write_some({path + "/", true}, {10});
    CHECK(read_all(path).size() == 10);
    touch(path + "/notes.txt");
    CHECK(contains(thrown_by([&] { write_some({path, true}, {10}); }), "notes.txt', which is no part of a Zarr"));
    CHECK(read_all(path).size() == 10);
    fs::create_directory(folder / "mine");
    write_some({folder / "mine"}, {10}); // an empty directory is no loss
    fs::create_directory(folder / "other");
    touch(folder / "other/photo.png");
    CHECK(contains(thrown_by([&] { write_some({folder / "other", true}, {10}); }), "it holds 'photo.png'"));
    touch(folder / "file");
    CHECK(contains(thrown_by([&] { write_some({folder / "file", true}, {10}); }), "exists and is no directory"));
    CHECK(contains(thrown_by([&] { write_some({folder / "none/a.zarr"}, {10}); }), "create it first"));
    CHECK(contains(thrown_by([&] { write_some({""}, {10}); }), "has no name"));
}

TEST_CASE("a directory that somebody else makes meanwhile is not touched, and what this run made is kept and named") {
    const test::folder folder;
    distproc::detail::shard_target target;
    target.path = folder / "a.zarr";
    std::string ours;
    const std::string said = thrown_by([&] {
        distproc::detail::create_directory(target, {{"zarr.json", {{"zarr_format", 3}}}}, true,
                                           [&](const std::string& temporary) {
                                               ours = temporary;
                                               touch(temporary + "/results");
                                               fs::create_directory(target.path);
                                               touch(target.path + "/theirs");
                                           });
    });
    CHECK(contains(said, "a.zarr' was made by somebody else meanwhile; what this run made is in '" + ours + "'"));
    CHECK(fs::exists(ours + "/results"));
    CHECK(files_in(target.path) == 1);
}

TEST_CASE("a dry run leaves nothing behind") {
    const test::folder folder;
    const shard_writer writer{folder / "a.zarr"};
    auto what = test::shard_plan<double>(writer, {800}, 1);
    what.dry_run = true;
    auto session = writer.open<double>(what, alone);
    CHECK(contains(session.description(), "dry run"));
    session.finish();
    session.close(distproc::outcome::stopped);
    CHECK(fs::is_empty(folder / ""));
}

TEST_CASE("what does not fit is said before anything is written") {
    const test::folder folder;
    const std::string path = folder / "a.zarr";
    const auto fails = [&](const shard_writer& writer) { return thrown_by([&] { write_some(writer, {7, 13}); }); };
    CHECK(contains(fails({.path = path, .chunk = {4}}), "chunk of 4 items does not fit item axes of 7 x 13"));
    CHECK(contains(fails({.path = path, .chunk = {0, 4}}), "does not fit"));
    CHECK(contains(fails({.path = path, .shard_bytes = 0}), "shard_bytes is 0"));
    CHECK(contains(fails({.path = path, .units = {{"height", "m"}}}), "units are given for 'height'"));
    const shard_writer writer{.path = path, .chunk = {1000, 1000}};
    auto what = test::shard_plan<double>(writer, {7, 13}, 1);
    CHECK(contains(thrown_by([&] {
                       what.memory_bytes = 1000000;
                       (void)writer.open<double>(what, alone);
                   }),
                   "more than the"));
    what.source_files = {path + "/amplitude"};
    CHECK(contains(thrown_by([&] { (void)writer.open<double>(what, alone); }), "is the source"));
    CHECK(contains(thrown_by([&] { (void)writer.open<double>(test::plan_of<double>({7, 13}), alone); }), "grain()"));
}

TEST_CASE("too few file descriptors: the message names the limit and says how to allow more; none is lost") {
    const test::folder folder;
    const std::size_t before = test::open_files();
    std::string said;
    {
        const shard_writer writer{folder / "a.zarr"};
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

TEST_CASE("a full disk is named") {
    const test::folder folder;
    const test::small_disk small(folder / "");
    if (!small.mounted()) {
        return;
    }
    const std::string said = thrown_by([&] { write_some({folder / "a.zarr"}, {1000000}); });
    CHECK(contains(said, "a.zarr/c/"));
    CHECK(contains(said, "No space left on device; free some space"));
}

} // namespace shard_tests
