// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include "conformance/shard_output.hpp"
#include "support/shared_folder.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/node_gather.hpp>

#include <cstddef>

namespace {

template <class Wrap>
void check(Wrap&& wrap, std::size_t ranks_per_node) {
    distproc::mpi_executor<> on;
    on.ranks_per_node = ranks_per_node;
    const test::shared_folder folder(on.make_team());
    test::shard_output<double, distproc::compressed_shard_writer> output(folder.path());
    test::no_findings(distproc::conformance::check_writer<double>([&] { return wrap(output.next()); },
                                                                  [&] { return output.read(); }, on));
}

} // namespace

TEST_CASE("compressed_shard_writer conforms on many ranks") {
    check([](const auto& writer) { return writer; }, 0);
}

TEST_CASE("node_gather conforms before compressed_shard_writer, on one node and on several") {
    const auto gathered = [](const auto& writer) { return distproc::node_gather{writer}; };
    check(gathered, 0);
    check(gathered, 2);
}
