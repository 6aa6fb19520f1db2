// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include "conformance/shard_output.hpp"
#include "support/shared_folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/hybrid.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/shard.hpp>

#include <cstddef>

namespace writers_shard_mpi_tests {

namespace {

template <class Result, class Wrap, class Executor>
void check(Wrap&& wrap, const Executor& on) {
    const test::shared_folder folder(on.make_team());
    test::shard_output<Result> output(folder.path());
    test::no_findings(distproc::conformance::check_writer<Result>([&] { return wrap(output.next()); },
                                                                  [&] { return output.read(); }, on));
}

distproc::mpi_executor<> some_nodes(std::size_t ranks_per_node) {
    distproc::mpi_executor<> on;
    on.ranks_per_node = ranks_per_node;
    return on;
}

const auto plain = [](const auto& writer) { return writer; };
const auto gathered = [](const auto& writer) { return distproc::node_gather{writer}; };
const auto one_of_two = [](const auto& writer) { return distproc::node_gather{writer, 2}; };

} // namespace

TEST_CASE("shard_writer conforms on many ranks") {
    check<double>(plain, distproc::mpi_executor<>{});
    check<test::mixed>(plain, some_nodes(2));
}

TEST_CASE("shard_writer conforms on ranks with threads") { check<test::mixed>(plain, distproc::hybrid_executor{}); }

TEST_CASE("node_gather conforms before shard_writer") {
    check<test::mixed>(gathered, distproc::mpi_executor<>{});
    check<double>(gathered, some_nodes(2));
    check<double>(one_of_two, some_nodes(1));
}

} // namespace writers_shard_mpi_tests
