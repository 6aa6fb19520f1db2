// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/hdf5_output.hpp"
#include "conformance/no_findings.hpp"
#include "support/shared_folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/comm/mpi_team.hpp>
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/node_gather.hpp>

#include <cstddef>
#include <vector>

using distproc::conformance::check_writer;
using executor = distproc::mpi_executor<>;

namespace {

executor some_nodes(std::size_t ranks_per_node) {
    executor on;
    on.ranks_per_node = ranks_per_node;
    return on;
}

template <class Result, class Wrap>
void check_memory(Wrap&& wrap, const executor& on) {
    std::vector<Result> results;
    test::no_findings(check_writer<Result>(
        [&] {
            results.clear();
            return wrap(results);
        },
        [&] { return results; }, on));
}

template <class Result, class Wrap>
void check_hdf5(Wrap&& wrap, const executor& on, distproc::hdf5_records records = distproc::hdf5_records::columns) {
    const test::shared_folder folder(on.make_team());
    test::hdf5_output<Result> output(folder.path());
    output.records = records;
    test::no_findings(check_writer<Result>([&] { return wrap(output.next()); }, [&] { return output.read(); }, on));
}

} // namespace

TEST_CASE("memory_writer conforms on many ranks") {
    using distproc::memory_writer;
    const auto on_root = [](auto& results) { return memory_writer{results}; };
    const auto everywhere = [](auto& results) { return memory_writer{results, distproc::results_on::every_rank}; };
    check_memory<test::mixed>(on_root, executor{});
    check_memory<double>(everywhere, executor{});
    check_memory<double>(on_root, some_nodes(2));
}

TEST_CASE("every rank has the results where it wants them") {
    const distproc::mpi_team ranks(MPI_COMM_WORLD);
    std::vector<int> results;
    const std::vector<int> items(101, 3);
    (void)distproc::execute(
        items, [](int x, distproc::context& here) { return x + static_cast<int>(here.item()); }, executor{},
        distproc::memory_writer{results, distproc::results_on::every_rank});
    REQUIRE(results.size() == 101);
    CHECK(results[100] == 103);
    CHECK(results[0] == 3);
}

TEST_CASE("node_gather conforms before memory_writer") {
    const auto gathered = [](auto& results) { return distproc::node_gather{distproc::memory_writer{results}}; };
    const auto tight = [](auto& results) { return distproc::node_gather{distproc::memory_writer{results}, 1, 4096}; };
    const auto one_of_two = [](auto& results) { return distproc::node_gather{distproc::memory_writer{results}, 2}; };
    check_memory<test::mixed>(gathered, executor{});
    check_memory<double>(gathered, some_nodes(2));
    check_memory<test::mixed>(tight, some_nodes(3));
    check_memory<double>(one_of_two, some_nodes(1));
}

#ifdef H5_HAVE_PARALLEL
TEST_CASE("hdf5_writer conforms through MPI-IO") {
    const auto plain = [](const auto& writer) { return writer; };
    check_hdf5<double>(plain, executor{});
    check_hdf5<test::mixed>(plain, some_nodes(2));
    check_hdf5<test::mixed>(plain, executor{}, distproc::hdf5_records::compound);
}
#endif

TEST_CASE("node_gather conforms before hdf5_writer") {
    const auto gathered = [](const auto& writer) { return distproc::node_gather{writer}; };
    check_hdf5<test::mixed>(gathered, executor{});
#ifdef H5_HAVE_PARALLEL
    check_hdf5<test::mixed>(gathered, some_nodes(2), distproc::hdf5_records::compound);
#endif
}
