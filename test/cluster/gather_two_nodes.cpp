// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Who writes across real nodes: with node_gather one process of each node, with hdf5_writer every rank.
#include "board.hpp"
#include "work.hpp"
#include <distproc/execute.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/compressed_hdf5.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>

#include <doctest/doctest.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace cluster;
using executor = distproc::mpi_executor<>;

/// Where this process has a file of this folder open.
bool has_open(const std::filesystem::path& folder) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(entry.path(), gone);
        if (!gone && target.string().starts_with(folder.string() + "/")) {
            return true;
        }
    }
    return false;
}

/// A writer from outside the library that counts which processes it lives in and which items it gets.
struct recorder {
    static constexpr std::string_view name = "recorder";
    const board* news;
    std::size_t broken_rank = board::most_ranks; ///< where `write` throws

    struct session {
        static constexpr bool concurrent = false;
        const board* news;
        std::size_t broken_rank;
        [[nodiscard]] static distproc::index_set done() { return {}; }
        void write(std::size_t first, std::span<const double> results) const {
            (*news)->written[news->rank()] += results.size();
            if (news->rank() == broken_rank) {
                throw std::runtime_error("the disk of rank " + std::to_string(broken_rank) + " is full");
            }
            for (std::size_t i = 0; i < results.size(); ++i) {
                const bool right = bits_of(results.subspan(i, 1)) == bits_of({&expected()[first + i], 1});
                (*news)->times_seen[first + i] += right ? 1 : 1000;
            }
        }
        static void finish() noexcept {}
        static void close(distproc::outcome) noexcept {}
        [[nodiscard]] static distproc::traffic moved() noexcept { return {}; }
        [[nodiscard]] static std::string description() { return "a record"; }
    };

    template <class Result, class Team>
    [[nodiscard]] session open(const distproc::plan&, const Team&) const {
        (*news)->opened[news->rank()] += 1;
        return {news, broken_rank};
    }
};

/// The ranks whose count is not 0.
std::vector<std::size_t> those(const std::array<std::atomic<std::size_t>, board::most_ranks>& counts) {
    std::vector<std::size_t> ranks;
    for (std::size_t r = 0; r < counts.size(); ++r) {
        if (counts[r] != 0) {
            ranks.push_back(r);
        }
    }
    return ranks;
}

std::vector<std::size_t> nodes_of(const std::vector<std::size_t>& ranks, const places& where) {
    std::vector<std::size_t> nodes;
    std::ranges::transform(ranks, std::back_inserter(nodes), [&](std::size_t r) { return where.node_of[r]; });
    std::ranges::sort(nodes);
    return nodes;
}

std::vector<std::size_t> every_node(const places& where) {
    std::vector<std::size_t> nodes(where.nodes());
    std::iota(nodes.begin(), nodes.end(), std::size_t{0});
    return nodes;
}

std::vector<double> read_back(const std::filesystem::path& file) {
    std::vector<double> values(items);
    const hid_t f = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    REQUIRE(f >= 0);
    const hid_t d = H5Dopen2(f, "/values", H5P_DEFAULT);
    REQUIRE(d >= 0);
    const hid_t space = H5Dget_space(d);
    REQUIRE(H5Sget_simple_extent_npoints(space) == static_cast<hssize_t>(items));
    REQUIRE(H5Dread(d, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    H5Sclose(space);
    H5Dclose(d);
    H5Fclose(f);
    return values;
}

} // namespace

TEST_CASE("node_gather: one process of each node opens its inner writer and gets every item once") {
    const places where;
    const board news;
    const auto report =
        distproc::execute(all_items(), value_of, executor{}, distproc::node_gather<recorder>{recorder{&news}});
    CHECK(report.items == items);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK(nodes_of(those(news->opened), where) == every_node(where));
    for (const std::size_t writer : those(news->written)) {
        CHECK(news->opened[writer] == 1);
    }
    for (std::size_t i = 0; i < items; ++i) {
        REQUIRE(news->times_seen[i] == 1);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

TEST_CASE("node_gather: one writer for two nodes, with a buffer that is small") {
    const places where;
    const board news;
    const auto report =
        distproc::execute(all_items(), value_of, executor{}, distproc::node_gather<recorder>{recorder{&news}, 2, 4096});
    CHECK(report.items == items);
    CHECK(report.bytes_between_nodes > 0);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK(those(news->opened).size() == (where.nodes() + 1) / 2);
    CHECK(those(news->written) == those(news->opened));
    for (std::size_t i = 0; i < items; ++i) {
        REQUIRE(news->times_seen[i] == 1);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

TEST_CASE("node_gather: a writer that fails on one node ends the run on all with the same error") {
    const places where;
    const std::vector<std::size_t> leaders = [&] {
        std::vector<std::size_t> first(where.nodes(), board::most_ranks);
        for (std::size_t r = where.node_of.size(); r-- > 0;) {
            first[where.node_of[r]] = r;
        }
        return first;
    }();
    for (const std::size_t broken : leaders) {
        CAPTURE(broken);
        const board news;
        const auto started = std::chrono::steady_clock::now();
        const auto together = [&](std::size_t item) {
            news.compute_together(where.node_of.size());
            return value_of(item);
        };
        std::string text;
        try {
            distproc::execute(all_items(), together, executor{},
                              distproc::node_gather<recorder>{recorder{&news, broken}, 1, 4096});
        } catch (const distproc::execution_error& e) {
            text = e.what();
            CHECK(e.where() == distproc::stage::write);
            CHECK(e.rank() == broken);
            CHECK(e.message().find("the disk of rank " + std::to_string(broken) + " is full") != std::string::npos);
        }
        CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(20));
        CHECK(text == text_of_rank_0(text));
        CHECK(text != "");
    }
}

namespace {

/// Runs `make(file)` in a folder that all nodes see; which ranks had a file of it open while items were computed.
template <class Make>
void check_open_files(const Make& make) {
    const places where;
    const board news;
    const auto folder = cluster::shared_folder() / "output";
    if (where.rank == 0) {
        std::filesystem::create_directory(folder);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    const auto watching = [&](std::size_t item) {
        if (news->computed[news.rank()] < 100 && has_open(folder)) {
            news->opened[news.rank()] += 1;
        }
        news.compute_together(where.node_of.size());
        return value_of(item);
    };
    const auto file = folder / "values.h5";
    const auto report = distproc::execute(all_items(), watching, executor{}, make(file.string()));
    CHECK(report.items == items);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK(those(news->computed).size() == where.node_of.size()); // every rank took part, and looked
    CHECK(nodes_of(those(news->opened), where) == every_node(where));
    if (where.rank == 0) {
        CHECK(bits_of(read_back(file)) == bits_of(expected()));
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (where.rank == 0) {
        std::filesystem::remove_all(folder);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

} // namespace

TEST_CASE("node_gather of hdf5_writer: one process of each node has the output open while items are computed") {
    check_open_files([](const std::string& file) {
        return distproc::node_gather<distproc::hdf5_writer>{{file, "/values"}};
    });
}

TEST_CASE("node_gather of compressed_hdf5_writer: one process of each node has a file open") {
    for (const auto files : {distproc::hdf5_files::one, distproc::hdf5_files::per_writer}) {
        check_open_files([files](const std::string& file) {
            distproc::compressed_hdf5_writer writer{.file = file, .path = "/values"};
            writer.files = files;
            writer.chunk = {64};
            return distproc::node_gather{writer};
        });
    }
}

TEST_CASE("hdf5_writer: every rank of every node writes into one file") {
    const places where;
    const auto folder = cluster::shared_folder() / "output";
    if (where.rank == 0) {
        std::filesystem::create_directory(folder);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    const auto file = folder / "values.h5";
    const auto report =
        distproc::execute(all_items(), value_of, executor{}, distproc::hdf5_writer{file.string(), "/values"});
    CHECK(report.items == items);
    if (where.rank == 0) {
        CHECK(bits_of(read_back(file)) == bits_of(expected()));
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (where.rank == 0) {
        std::filesystem::remove_all(folder);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}
