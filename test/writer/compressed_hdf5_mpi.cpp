// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// compressed_hdf5_writer on many ranks: errors are the same on all, and what was computed is kept.
#include "support/hdf5_file.hpp"
#include "support/shared_folder.hpp"
#include "support/small_disk.hpp"
#include "writer/compressed_hdf5_results.hpp"
#include <distproc/comm/mpi_team.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/compressed_hdf5.hpp>
#include <distproc/writer/node_gather.hpp>

#include <doctest/doctest.h>
#include <mpi.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace compressed_hdf5_mpi_tests {

namespace fs = std::filesystem;

namespace {

using distproc::codec;
using distproc::hdf5_files;
using distproc::mpi_team;
using distproc::outcome;
using distproc::shape;
using test::contains;
using test::thrown_by;
using writer_type = distproc::compressed_hdf5_writer;

double noise(std::size_t k) { return distproc::random_stream(5, k).uniform(); } // never 0 here

writer_type writer_to(const std::string& file, hdf5_files files) {
    writer_type writer{.file = file, .path = "/x"};
    writer.files = files;
    return writer;
}

/// What the call throws on rank 0; all must throw the same.
template <class Call>
std::string same_on_all(const mpi_team& ranks, Call&& call) {
    const auto all = ranks.all_gather(thrown_by(call));
    CHECK(all == std::vector<std::string>(ranks.size(), all[0]));
    return all[0];
}

std::size_t right_ones(const std::string& file) {
    const auto values = test::read_dataset<double>(file, "/x", H5T_NATIVE_DOUBLE);
    std::size_t right = 0;
    for (std::size_t k = 0; k < values.size(); ++k) {
        CHECK((values[k] == noise(k) || values[k] == 0));
        right += values[k] == noise(k) ? 1 : 0;
    }
    return right;
}

distproc::options quiet(std::stop_token stop = {}) {
    distproc::options how;
    how.show = distproc::progress::off;
    how.block_seconds = 1e-4;
    how.stop = std::move(stop);
    return how;
}

std::vector<std::size_t> numbers(std::size_t count) {
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
}

constexpr hdf5_files both[] = {hdf5_files::one, hdf5_files::per_writer};

} // namespace

TEST_CASE("errors of opening are the same on all ranks, gathered or not") {
    const mpi_team ranks(MPI_COMM_WORLD);
    for (const auto files : both) {
        const test::shared_folder here(ranks);
        const auto opening = [&](const writer_type& writer, std::size_t memory = 0) {
            auto what = test::chunked_plan<double>(writer, {700, 130}, ranks.size());
            what.memory_bytes = memory;
            const std::string plain = same_on_all(ranks, [&] { (void)writer.open<double>(what, ranks); });
            CHECK(same_on_all(ranks, [&] { (void)distproc::node_gather{writer}.open<double>(what, ranks); }) == plain);
            return plain;
        };
        CHECK(contains(opening(writer_to(here / "no/x.h5", files)), "does not exist; create it first"));
        writer_type writer = writer_to(here / "x.h5", files);
        writer.compression.level = 10;
        CHECK(contains(opening(writer), "deflate has no level 10"));
        writer.compression.level = 1;
        writer.chunk = {700, 130};
        CHECK(contains(opening(writer, 1'000'000), "more than half of the 1 MB that a rank may use"));
        writer.chunk = {};
        writer.attributes = {{"complete", "no"}};
        CHECK(contains(opening(writer), "is written by the library"));
        writer.attributes = {};
        if (files == hdf5_files::per_writer) {
            const std::string folder = here / "x.h5.parts";
            if (ranks.rank() == 0) {
                fs::create_directory(folder);
                std::ofstream(folder + "/0.h5") << "an older part";
            }
            ranks.meet([] {});
            CHECK(contains(opening(writer), "where the parts of the output go, exists; set replace = true"));
            writer.replace = true;
            if (ranks.rank() == 0) {
                std::ofstream(folder + "/notes.txt") << "mine";
            }
            ranks.meet([] {});
            CHECK(contains(opening(writer), "holds 'notes.txt', which is no part of an output"));
            ranks.meet([] {});
            if (ranks.rank() == 0) {
                fs::remove_all(folder);
            }
            ranks.meet([] {});
            writer.replace = false;
        }
        test::write_chunks<double>(writer, test::chunked_plan<double>(writer, {700, 130}, ranks.size()), ranks, noise,
                                   outcome::stopped);
        CHECK(contains(opening(writer), "x.h5' exists, marked incomplete"));
        CHECK(right_ones(here / "x.h5") == 91000);
    }
}

TEST_CASE("a complete run that lacks the items of one rank is an error on all") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const test::shared_folder here(ranks);
    writer_type writer = writer_to(here / "x.h5", hdf5_files::one);
    writer.chunk = {10};
    const auto what = test::chunked_plan<double>(writer, {1000}, ranks.size());
    auto session = writer.open<double>(what, ranks);
    if (ranks.rank() != 0) {
        for (const auto items : test::random_pieces(what, ranks.rank(), ranks.size(), 3)) {
            test::write_piece<double>(session, items, 1, noise);
        }
    }
    session.finish();
    CHECK(contains(same_on_all(ranks, [&] { session.close(outcome::complete); }),
                   "the output lacks items: of its 100 chunks "));
    CHECK(!fs::exists(here / "x.h5"));
}

TEST_CASE("a compute that throws, or a stop, leaves what was computed on all ranks") {
    const distproc::mpi_executor<> on;
    const mpi_team ranks(MPI_COMM_WORLD);
    const auto items = numbers(20000);
    for (const auto files : both) {
        for (const bool throws : {true, false}) {
            for (const bool gathers : {true, false}) {
                const test::shared_folder here(ranks);
                writer_type writer = writer_to(here / "x.h5", files);
                writer.chunk = {64};
                std::stop_source stop;
                std::size_t done = 0;
                const auto compute = [&](std::size_t k) {
                    if (k == 5000 && throws) {
                        throw distproc::error("played");
                    }
                    if (k == 5000) {
                        stop.request_stop();
                    }
                    ++done;
                    return noise(k);
                };
                const std::string said = same_on_all(ranks, [&] {
                    if (gathers) {
                        (void)distproc::execute(items, compute, on, distproc::node_gather{writer},
                                                quiet(stop.get_token()));
                    } else {
                        (void)distproc::execute(items, compute, on, writer, quiet(stop.get_token()));
                    }
                });
                CHECK(contains(said, "played") == throws);
                const std::vector<std::string> each = ranks.all_gather(std::to_string(done));
                std::size_t computed = 0;
                for (const std::string& one : each) {
                    computed += std::stoul(one);
                }
                CHECK(right_ones(here / "x.h5") == computed); // all of it, and nothing but it
                CHECK(contains(same_on_all(ranks,
                                           [&] {
                                               const auto what =
                                                   test::chunked_plan<double>(writer, {20000}, ranks.size());
                                               (void)writer.open<double>(what, ranks);
                                           }),
                               computed == 20000 ? "exists" : "marked incomplete"));
            }
        }
    }
}

TEST_CASE("a full disk ends the run on all ranks with the same error, whether it is full at a write or at the end") {
    const distproc::mpi_executor<> on;
    const mpi_team ranks(MPI_COMM_WORLD);
    for (const auto files : both) {
        for (const bool gathers : {true, false}) {
            for (const std::size_t count : {std::size_t{90000}, std::size_t{300000}}) { // of noise that stays as large
                const test::shared_folder here(ranks);
                const std::string disk = here / "";
                std::optional<test::small_disk> small; // of rank 0
                if (ranks.rank() == 0) {
                    small.emplace(disk);
                }
                if (ranks.broadcast(small && small->mounted() ? "small" : "", 0).empty()) {
                    return;
                }
                writer_type writer = writer_to(here / "x.h5", files);
                writer.chunk = {1024};
                const auto items = numbers(count);
                const std::string said = same_on_all(ranks, [&] {
                    if (gathers) {
                        (void)distproc::execute(items, noise, on, distproc::node_gather{writer}, quiet());
                    } else {
                        (void)distproc::execute(items, noise, on, writer, quiet());
                    }
                });
                if (files == hdf5_files::one || count > 90000) {
                    CHECK(contains(said, "x.h5"));
                    CHECK(contains(said, "No space left on device"));
                }
                ranks.meet([] {});
                if (ranks.rank() == 0) {
                    for (const auto& left : fs::recursive_directory_iterator(disk)) {
                        const std::string name = left.path().filename().string();
                        CHECK((!contains(name, ".new-") ||
                               (contains(name, ".spool-") && contains(said, "what was compressed is left in '"))));
                        CHECK(!name.ends_with(".part"));
                    }
                    small.reset();
                }
                ranks.meet([] {});
            }
        }
    }
}

TEST_CASE("a buffer that is small grows to what compressed chunks need") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const test::shared_folder here(ranks);
    const writer_type writer = writer_to(here / "x.h5", hdf5_files::one);
    const auto report = distproc::execute(numbers(200000), noise, distproc::mpi_executor<>{},
                                          distproc::node_gather{writer, 1, 4096}, quiet());
    CHECK(report.items == 200000);
    CHECK(right_ones(here / "x.h5") == 200000);
    ranks.meet([] {});
}

} // namespace compressed_hdf5_mpi_tests
