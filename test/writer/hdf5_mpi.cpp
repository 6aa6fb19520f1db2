// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "support/hdf5_file.hpp"
#include "support/shared_folder.hpp"
#include "writer/hdf5_results.hpp"
#include <distproc/comm/mpi_team.hpp>
#include <distproc/core/team.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>

#include <doctest/doctest.h>
#include <mpi.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using distproc::hdf5_writer;
using distproc::mpi_team;

double seventh(std::size_t k) { return static_cast<double>(k) / 7; }

} // namespace

TEST_CASE("all ranks write one file") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const test::shared_folder here(ranks);
    for (const distproc::shape& items : {distproc::shape{50, 50}, {7, 13}, {1, 100003}, {2}, {0, 3}}) {
        const distproc::parallel_hdf5_writer writer{here / "x.h5", "/x", true};
        test::write_all<double>(writer, test::plan_of<double>(items), ranks, seventh);
        const auto values = test::read_dataset<double>(here / "x.h5", "/x", H5T_NATIVE_DOUBLE); // each rank looks
        CHECK(values.size() == distproc::volume(items));
        std::size_t wrong = 0;
        for (std::size_t k = 0; k < values.size(); ++k) {
            wrong += values[k] == seventh(k) ? 0 : 1;
        }
        CHECK(wrong == 0);
        ranks.meet([] {});
    }
}

TEST_CASE("ranks may write at different times, and one not at all") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const test::shared_folder here(ranks);
    const std::size_t count = 1000;
    auto session = hdf5_writer{here / "x.h5", "/x"}.open<double>(test::plan_of<double>({count}), ranks);
    // One rank after the other, each waiting for the one before: a write that waited for others would never end.
    for (std::size_t turn = 0; turn < ranks.size(); ++turn) {
        if (turn == ranks.rank() && (turn != 0 || ranks.size() == 1)) {
            const std::size_t writers = ranks.size() == 1 ? 1 : ranks.size() - 1;
            const std::size_t place = ranks.size() == 1 ? 0 : turn - 1;
            for (std::size_t k = count * place / writers; k < count * (place + 1) / writers; ++k) {
                const double value = seventh(k);
                session.write(k, std::span<const double>(&value, 1));
            }
        }
        ranks.meet([] {});
    }
    CHECK(test::contains(session.description(),
                         ranks.size() == 1 ? "written by one rank"
                                           : "written by " + std::to_string(ranks.size()) + " ranks through MPI-IO"));
    session.finish();
    session.close(distproc::outcome::complete);
    const auto values = test::read_dataset<double>(here / "x.h5", "/x", H5T_NATIVE_DOUBLE);
    CHECK(values[0] == 0);
    CHECK(values[count - 1] == seventh(count - 1));
    CHECK(values[count / 2] == seventh(count / 2));
}

TEST_CASE("errors of opening are the same on all ranks") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const test::shared_folder here(ranks);
    const auto what = test::plan_of<double>({4, 5});
    const auto opening = [&](const hdf5_writer& writer) {
        return test::thrown_by([&] { (void)writer.open<double>(what, ranks); });
    };
    CHECK(test::contains(opening({here / "no/x.h5", "/x"}), "does not exist; create it first"));
    test::write_all<double>(hdf5_writer{here / "x.h5", "/x"}, what, ranks, seventh, distproc::outcome::stopped);
    CHECK(test::contains(opening({here / "x.h5", "/x"}), "marked incomplete"));
    const auto all = ranks.all_gather(opening({here / "x.h5", "/x"}));
    CHECK(all == std::vector<std::string>(ranks.size(), all[0]));
}

TEST_CASE("parallel_hdf5_writer refuses fewer writers than ranks, on all ranks") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const test::shared_folder here(ranks);
    const distproc::parallel_hdf5_writer writer{here / "x.h5", "/x"};
    const auto what = test::plan_of<double>({4, 5});
    const std::string gathered =
        test::thrown_by([&] { (void)distproc::node_gather{writer}.open<double>(what, ranks); });
    const std::string alone =
        test::thrown_by([&] { (void)writer.open<double>(what, distproc::solo_team{}); }); // as under tbb_executor
    if (ranks.size() == 1) {
        CHECK(gathered.empty());
        CHECK(test::contains(alone, "x.h5' exists"));
        return;
    }
    CHECK(gathered == "node_gather<parallel_hdf5>: parallel_hdf5_writer is for files that every rank writes, but here "
                      "few ranks would write for all; use node_gather<hdf5_writer>, or parallel_hdf5_writer without "
                      "node_gather");
    CHECK(alone == "parallel_hdf5_writer: '" + (here / "x.h5") + "' cannot be written in parallel, because one rank " +
                       "would write although " + std::to_string(ranks.size()) +
                       " were started; use hdf5_writer, or mpi_executor or hybrid_executor on all ranks");
    CHECK(!std::filesystem::exists(here / "x.h5"));
    const mpi_team own(MPI_COMM_WORLD, 1); // every rank is a node: all write, through MPI-IO
    CHECK(test::thrown_by([&] { (void)distproc::node_gather{writer}.open<double>(what, own); }).empty());
}

TEST_CASE("a failed run closes on all ranks and throws nothing") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const test::shared_folder here(ranks);
    for (int round = 0; round < 10; ++round) {
        auto session = hdf5_writer{here / "x.h5", "/x", true}.open<double>(test::plan_of<double>({64}), ranks);
        if (ranks.rank() == static_cast<std::size_t>(round) % ranks.size()) {
            const double value = 1;
            session.write(3, std::span<const double>(&value, 1));
        }
        session.close(distproc::outcome::failed);
    }
    ranks.meet([] {});
}

TEST_CASE("a dry run on several ranks") {
    const mpi_team ranks(MPI_COMM_WORLD);
    const test::shared_folder here(ranks);
    auto what = test::plan_of<test::mixed>({50, 50});
    what.dry_run = true;
    auto session = hdf5_writer{here / "x.h5", "/fits"}.open<test::mixed>(what, ranks);
    CHECK(test::contains(session.description(), "9 datasets of 50 x 50"));
    session.finish();
    session.close(distproc::outcome::stopped);
    CHECK(!std::filesystem::exists(here / "x.h5"));
    ranks.meet([] {});
}

TEST_CASE("a part of the ranks") {
    const mpi_team world(MPI_COMM_WORLD);
    const test::shared_folder here(world);
    MPI_Comm half = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, static_cast<int>(world.rank() % 2), static_cast<int>(world.rank()), &half);
    {
        const mpi_team ranks(half);
        const std::string file = here / ("half" + std::to_string(world.rank() % 2) + ".h5");
        test::write_all<test::mixed>(hdf5_writer{file, "/fits"}, test::plan_of<test::mixed>({7, 13}), ranks,
                                     test::mixed_of);
        const auto y = test::read_dataset<double>(file, "/fits/at.y", H5T_NATIVE_DOUBLE);
        CHECK(y[90] == test::mixed_of(90).at.y);
    }
    MPI_Comm_free(&half);
}
