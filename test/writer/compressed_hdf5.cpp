// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "support/hdf5_file.hpp"
#include "support/small_disk.hpp"
#include "writer/compressed_hdf5_results.hpp"
#include "writer/file_limit.hpp"
#include <distproc/core/team.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/writer/compressed_hdf5.hpp>

#include <doctest/doctest.h>
#include <hdf5.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

using distproc::codec;
using distproc::hdf5_files;
using distproc::outcome;
using distproc::shape;
using test::contains;
using test::thrown_by;
using writer_type = distproc::compressed_hdf5_writer;

const distproc::solo_team alone;

double seventh(std::size_t k) { return static_cast<double>(k + 1) / 7; } // never zero

/// Bits that no codec makes fewer.
double noise(std::size_t k) { return distproc::random_stream(5, k).uniform(); }

writer_type writer_to(const std::string& file, hdf5_files files = hdf5_files::one) {
    writer_type writer{.file = file, .path = "/x"};
    writer.files = files;
    return writer;
}

std::string opening(const writer_type& writer, const shape& items = {7, 13}) {
    return thrown_by([&] { (void)writer.open<double>(test::chunked_plan<double>(writer, items, 1), alone); });
}

std::size_t files_in(const std::string& folder) {
    return static_cast<std::size_t>(std::distance(fs::recursive_directory_iterator(folder), {}));
}

std::vector<double> read(const std::string& file) { return test::read_dataset<double>(file, "/x", H5T_NATIVE_DOUBLE); }

/// How many of the items are as they were computed; 0 where others are anything but zero.
std::size_t right_ones(const std::vector<double>& values, double (*value)(std::size_t) = seventh) {
    std::size_t right = 0;
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (values[k] != value(k) && values[k] != 0) {
            return 0;
        }
        right += values[k] == value(k) ? 1 : 0;
    }
    return right;
}

std::string bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

constexpr hdf5_files both[] = {hdf5_files::one, hdf5_files::per_writer};

} // namespace

TEST_CASE("an existing output is replaced on request only, and an unfinished one is called so") {
    for (const auto files : both) {
        const test::folder here;
        writer_type writer = writer_to(here / "x.h5", files);
        const auto what = test::chunked_plan<double>(writer, {7, 13}, 1);
        test::write_chunks<double>(writer, what, alone, seventh, outcome::stopped);
        CHECK(opening(writer) == "output '" + writer.file.name() +
                                     "' exists, marked incomplete: the run that wrote it did not finish; set replace = "
                                     "true of the writer to overwrite it, or name another file");
        writer.replace = true;
        test::write_chunks<double>(writer, what, alone, seventh);
        writer.replace = false;
        CHECK(opening(writer) ==
              "output '" + writer.file.name() +
                  "' exists; set replace = true of the writer to overwrite it, or name another file");
        CHECK(right_ones(read(here / "x.h5")) == 91);
        CHECK(files_in(here / "") == (files == hdf5_files::one ? 1 : 3)); // the folder of the parts, and one
    }
}

TEST_CASE("what is in the folder of the parts is not lost by mistake") {
    const test::folder here;
    writer_type writer = writer_to(here / "x.h5", hdf5_files::per_writer);
    const std::string folder = here / "x.h5.parts";
    fs::create_directory(folder); // empty: no loss
    CHECK(opening(writer).empty());
    std::ofstream(folder + "/0.h5") << "an older part";
    CHECK(opening(writer) == "'" + folder +
                                 "', where the parts of the output go, exists; set replace = true of the writer to "
                                 "overwrite them, or name another file");
    writer.replace = true;
    for (const char* name : {"notes.txt", "1.h5x", "h5", "x1.h5", ".h5"}) {
        std::ofstream(folder + "/" + name) << "mine";
        CHECK(opening(writer) == "'" + folder + "' holds '" + name +
                                     "', which is no part of an output; move it away, or name another file");
        CHECK(fs::exists(folder + "/0.h5"));
        fs::remove(folder + "/" + name);
    }
    fs::create_directory(folder + "/1.h5");
    CHECK(contains(opening(writer), "holds '1.h5', which is no part"));
    auto dry = test::chunked_plan<double>(writer, {7, 13}, 1);
    dry.dry_run = true;
    CHECK(contains(thrown_by([&] { (void)writer.open<double>(dry, alone); }), "holds '1.h5'"));
    fs::remove(folder + "/1.h5");
    CHECK(thrown_by([&] { (void)writer.open<double>(dry, alone); }).empty());
    CHECK(fs::exists(folder + "/0.h5"));
    CHECK(opening(writer).empty());
    fs::remove_all(folder);
    std::ofstream(folder) << "a file";
    CHECK(contains(opening(writer), "exists and is no directory"));
    CHECK(files_in(here / "") == 1);
}

TEST_CASE("an output goes before its parts do, for it would read as zeros without them") {
    const test::folder here;
    writer_type writer = writer_to(here / "x.h5", hdf5_files::per_writer);
    test::write_chunks<double>(writer, test::chunked_plan<double>(writer, {7, 13}, 1), alone, seventh);
    writer.replace = true;
    writer.attributes = {{"complete", "no"}};
    CHECK(contains(opening(writer), "is written by the library"));
    CHECK(right_ones(read(here / "x.h5")) == 91); // what fails before anything is made leaves the old output alone
    writer.attributes = {};
    CHECK(opening(writer).empty()); // opened, and dropped
    CHECK(!fs::exists(here / "x.h5"));
    CHECK(files_in(here / "") == 1);
}

TEST_CASE("what does not fit is said before anything is made") {
    for (const auto files : both) {
        const test::folder here;
        const auto fails = [&](auto&& change, const shape& items = {7, 13}, std::size_t memory = 0) {
            writer_type writer = writer_to(here / "x.h5", files);
            change(writer);
            return thrown_by([&] {
                auto what = test::chunked_plan<double>(writer, items, 1);
                what.memory_bytes = memory;
                (void)writer.open<double>(what, alone);
            });
        };
        const auto chunk = [](shape extents) { return [extents](writer_type& w) { w.chunk = extents; }; };
        const auto compression = [](distproc::compression how) {
            return [how](writer_type& w) { w.compression = how; };
        };
        CHECK(fails(chunk({4})) == "compressed_hdf5_writer: a chunk of 4 items does not fit item axes of 7 x 13; give "
                                   "one extent above 0 for each axis, or none at all");
        CHECK(contains(fails(chunk({0, 4})), "a chunk of 0 x 4 items does not fit item axes of 7 x 13"));
        CHECK(fails(chunk({1000, 1000}), {2000, 2000}, 15'000'000) ==
              "compressed_hdf5_writer: the chunks that are put together at a time take 8 MB, more than half of the 15 "
              "MB that a rank may use; make chunk of the writer smaller, or memory_bytes of the options larger");
        CHECK(fails(chunk({1000, 1000}), {2000, 2000}, 16'000'000).empty());
        CHECK(contains(fails(chunk({32768, 32768}), {32768, 65536}), "HDF5's take 4 GiB at most; make chunk smaller"));
        CHECK(fails(compression({codec::deflate, 10})) ==
              "compression by deflate has no level 10; give 0 to 9, or -1 for the default of 6");
        CHECK(contains(fails(compression({codec::zstd, 23})), "zstd has no level 23; give 1 to 22"));
        CHECK(contains(fails(compression({codec::none, 3})), "level 3 and no method"));
        CHECK(fails([](writer_type&) {}, {}) == "compressed_hdf5_writer: one result without item axes cannot be cut "
                                                "into chunks; use hdf5_writer");
        CHECK(contains(fails([](writer_type& w) { w.path = "/"; }), "one dataset needs a name"));
        CHECK(contains(fails([](writer_type& w) { w.units = {{"height", "m"}}; }), "units are given for 'height'"));
        CHECK(contains(fails([](writer_type& w) { w.attributes = {{"source", "me"}}; }), "attribute 'source'"));
        CHECK(contains(fails([&](writer_type& w) { w.file = here / "no/x.h5"; }), "does not exist; create it first"));
        CHECK(contains(fails([&](writer_type& w) { w.file = here / ""; }), "is a directory; name a file in it"));
        const writer_type writer = writer_to(here / "x.h5", files);
        CHECK(contains(thrown_by([&] {
                           (void)writer.open<double>(test::plan_of<double>({7, 13}), alone);
                       }),
                       "grain()"));
        auto what = test::chunked_plan<double>(writer, {7, 13}, 1);
        what.source_files = {here / "x.h5"};
        CHECK(contains(thrown_by([&] { (void)writer.open<double>(what, alone); }), "is the source file"));
        if (files == hdf5_files::per_writer) {
            fs::remove(here / "x.h5.parts"); // of the one that was right
        }
        CHECK(files_in(here / "") == 0);
    }
}

TEST_CASE("a codec that this HDF5 could not read again is refused") {
    H5PLset_loading_state(0);
    if (test::reads_zstd()) {
        MESSAGE("skipped: zstd is built into this HDF5");
        return;
    }
    const test::folder here;
    writer_type writer = writer_to(here / "x.h5");
    writer.compression = {codec::zstd, 3};
    CHECK(opening(writer) == "compressed_hdf5_writer: this HDF5 has no filter for zstd; install the plugin of filter "
                             "32015 and let HDF5_PLUGIN_PATH name its folder, or use codec::deflate");
    CHECK(files_in(here / "") == 0);
}

TEST_CASE("a dry run leaves nothing behind") {
    for (const auto files : both) {
        const test::folder here;
        const writer_type writer = writer_to(here / "x.h5", files);
        auto what = test::chunked_plan<double>(writer, {7, 13}, 1);
        what.dry_run = true;
        auto session = writer.open<double>(what, alone);
        CHECK(contains(session.description(), "x.h5:/x, 1 dataset of 7 x 13, "));
        CHECK(contains(session.description(), "compression deflate 6, created and removed again (dry run)"));
        session.finish();
        session.close(outcome::stopped);
        CHECK(files_in(here / "") == 0);
    }
}

TEST_CASE("runs that bring their items in another order write equal bytes") {
    const test::folder here;
    for (const auto files : both) {
        for (const char* name : {"a.h5", "b.h5"}) {
            writer_type writer = writer_to(here / name, files);
            writer.replace = true;
            writer.chunk = {4, 4};
            const auto what = test::chunked_plan<double>(writer, {7, 13}, 1);
            auto session = writer.open<double>(what, alone);
            auto pieces = test::random_pieces(what, 0, 1, name[0] == 'a' ? 1 : 2);
            for (const auto items : pieces) {
                test::write_piece<double>(session, items, 1, seventh);
            }
            session.finish();
            session.close(outcome::complete);
            CHECK(right_ones(read(here / name)) == 91);
            CHECK(contains(session.description(), files == hdf5_files::one ? "deflate 6 to " : ", in 1 file"));
        }
        if (files == hdf5_files::one) {
            CHECK(bytes_of(here / "a.h5") == bytes_of(here / "b.h5"));
        }
    }
}

TEST_CASE("a session that is dropped without close leaves nothing that is large") {
    for (const auto files : both) {
        const test::folder here;
        const writer_type writer = writer_to(here / "x.h5", files);
        {
            auto session = writer.open<double>(test::chunked_plan<double>(writer, {1000}, 1), alone);
            test::write_piece<double>(session, {0, 1000}, 1, seventh);
        }
        CHECK(files_in(here / "") == (files == hdf5_files::one ? 0 : 1)); // an empty folder
        CHECK(opening(writer).empty());
    }
}

TEST_CASE("a complete run that lacks items is an error, and what there is is kept") {
    for (const auto files : both) {
        for (const std::size_t items : {std::size_t{500}, std::size_t{512}}) { // a part of a chunk, and whole ones
            const test::folder here;
            writer_type writer = writer_to(here / "x.h5", files);
            writer.chunk = {16};
            std::string said;
            {
                auto session = writer.open<double>(test::chunked_plan<double>(writer, {1000}, 1), alone);
                test::write_piece<double>(session, {0, items}, 1, seventh);
                session.finish();
                said = thrown_by([&] { session.close(outcome::complete); });
            }
            CHECK(contains(said, "lacks items"));
            CHECK(contains(said, "x.h5.new-") == (files == hdf5_files::one));
            CHECK(files_in(here / "") == (files == hdf5_files::one ? 1 : 2)); // the spool; or the folder with its part
        }
    }
}

TEST_CASE("results are not lost where somebody else made the output meanwhile") {
    for (const auto files : both) {
        const test::folder here;
        const writer_type writer = writer_to(here / "x.h5", files);
        auto session = writer.open<double>(test::chunked_plan<double>(writer, {1000}, 1), alone);
        test::write_piece<double>(session, {0, 1000}, 1, seventh);
        session.finish();
        std::ofstream(here / "x.h5") << "another's";
        const std::string said = thrown_by([&] { session.close(outcome::complete); });
        CHECK(contains(said, "was made by somebody else meanwhile"));
        const std::size_t begin = said.find("are in '") + 8;
        CHECK(right_ones(read(said.substr(begin, said.find('\'', begin) - begin))) == 1000);
        CHECK(bytes_of(here / "x.h5") == "another's");
    }
}

TEST_CASE("names with a percent sign mean themselves") {
    const test::folder here;
    for (const char* name : {"gain_50%.h5", "run%b.h5", "%%.h5"}) {
        writer_type writer = writer_to(here / name, hdf5_files::per_writer);
        writer.path = "/at 50%b/x";
        test::write_chunks<double>(writer, test::chunked_plan<double>(writer, {7, 13}, 1), alone, seventh);
        CHECK(right_ones(test::read_dataset<double>(here / name, "/at 50%b/x", H5T_NATIVE_DOUBLE)) == 91);
    }
}

TEST_CASE("a compute that throws, or a stop, leaves what was computed, marked incomplete") {
    std::vector<std::size_t> numbers(10000);
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    for (const auto files : both) {
        for (const bool throws : {true, false}) {
            const test::folder here;
            writer_type writer = writer_to(here / "x.h5", files);
            writer.chunk = {128};
            std::stop_source stop;
            distproc::options how;
            how.show = distproc::progress::off;
            how.stop = stop.get_token();
            const auto compute = [&](std::size_t k) {
                if (k == 3000 && throws) {
                    throw distproc::error("played");
                }
                if (k == 3000) {
                    stop.request_stop();
                }
                return seventh(k);
            };
            const std::string said =
                thrown_by([&] { (void)distproc::execute(numbers, compute, distproc::serial_executor{}, writer, how); });
            CHECK(contains(said, "played") == throws);
            const std::vector<double> values = read(here / "x.h5");
            const std::size_t right = right_ones(values); // items as quick as these go on for up to 256 after a stop
            CHECK((throws ? right == 3000 : right >= 3001 && right <= 3001 + 256));
            CHECK(values[2999] == seventh(2999));
            CHECK(contains(opening(writer, {10000}), "marked incomplete"));
            CHECK(files_in(here / "") == (files == hdf5_files::one ? 1 : 3));
        }
    }
}

TEST_CASE("a file that may not grow: the error names it, and whole chunks are saved") {
    for (const auto files : both) {
        const test::folder here;
        writer_type writer = writer_to(here / "x.h5", files);
        writer.chunk = {1024};
        auto session = writer.open<double>(test::chunked_plan<double>(writer, {100 * 1024}, 1), alone);
        std::string said;
        std::size_t refused = 0;
        {
            const test::file_limit few(250000);
            for (std::size_t first = 0; first < 100 * 1024; first += 1024) {
                const std::string now = thrown_by([&] {
                    test::write_piece<double>(session, {first, first + 1024}, 1, noise);
                });
                refused += now.empty() ? 0 : 1;
                said = said.empty() ? now : said;
            }
        }
        CHECK(refused > 60);
        CHECK(contains(said, files == hdf5_files::one ? ".spool-0' cannot be written: File too large"
                                                      : "x.h5.parts/0.h5.part:/x"));
        session.finish();
        session.close(outcome::failed);
        CHECK(right_ones(read(here / "x.h5"), noise) == (100 - refused) * 1024);
        CHECK(contains(opening(writer, {100 * 1024}), "marked incomplete"));
        CHECK(files_in(here / "") == (files == hdf5_files::one ? 1 : 3));
    }
}

TEST_CASE("a full disk is named, when chunks are written and when they are joined") {
    for (const auto files : both) {
        for (const std::size_t items : {std::size_t{100000}, std::size_t{80000}}) {
            const test::folder here;
            const std::string disk = here / "";
            const test::small_disk small(disk);
            if (!small.mounted()) {
                return;
            }
            CAPTURE(items);
            writer_type writer = writer_to(here / "x.h5", files);
            writer.chunk = {4096};
            std::string said;
            bool at_write = true;
            {
                const auto what = test::chunked_plan<double>(writer, {items * (files == hdf5_files::one ? 1 : 2)}, 1);
                auto session = writer.open<double>(what, alone);
                said = thrown_by([&] { test::write_piece<double>(session, {0, what.grid.item_count()}, 1, noise); });
                at_write = !said.empty();
                CHECK(thrown_by([&] { session.finish(); }).empty());
                if (at_write) {
                    session.close(outcome::failed);
                } else {
                    said = thrown_by([&] { session.close(outcome::complete); });
                }
            }
            const bool keeps = !at_write && files == hdf5_files::one;
            CHECK(contains(said, "what was compressed is left in '") == keeps);
            CHECK(contains(said, "No space left on device"));
            CHECK(contains(said, "x.h5"));
            if (files == hdf5_files::one) {
                CHECK(at_write == false);
            }
            for (const auto& left : fs::recursive_directory_iterator(disk)) {
                const std::string name = left.path().string();
                CHECK((!contains(name, ".new-") || (keeps && contains(said, name))));
                CHECK(!contains(left.path().string(), ".part/"));
            }
        }
    }
}

TEST_CASE("more spools than files that may be open are joined") {
    const test::folder here;
    writer_type writer = writer_to(here / "x.h5");
    writer.chunk = {1};
    writer.compression = {codec::none};
    const auto what = test::chunked_plan<double>(writer, {900}, 1);
    distproc::detail::hdf5_target target;
    target.file = here / "x.h5";
    target.path = "/x";
    const auto layout = distproc::detail::layout_of_chunks(target, what, writer.chunk);
    std::vector<distproc::detail::spool_of_output> spools;
    for (std::size_t s = 0; s < 300; ++s) {
        std::string records;
        for (const std::size_t item : {s, 300 + s, 600 + s}) { // each spool is needed three times
            const distproc::detail::chunk_head head{item, 0, 0, sizeof(double), 0};
            const double value = seventh(item);
            records.append(reinterpret_cast<const char*>(&head), sizeof head);
            records.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        spools.push_back({here / ("spool" + std::to_string(s)), records.size()});
        std::ofstream(spools.back().path, std::ios::binary) << records;
    }
    distproc::detail::create_chunked(target, what, layout, {writer.compression, layout}, target.file);
    {
        const test::open_files_limit few(290);
        distproc::detail::fold_spools(target.file, layout, spools, true);
    }
    CHECK(right_ones(read(target.file)) == 900);
    fs::resize_file(spools[17].path, spools[17].bytes - 1); // as another node may see it
    CHECK(contains(thrown_by([&] { distproc::detail::fold_spools(target.file, layout, spools, true); }),
                   "spool17' is not to be seen whole from the process that joins the output"));
}
