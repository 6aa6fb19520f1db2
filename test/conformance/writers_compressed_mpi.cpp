// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/compressed_output.hpp"
#include "conformance/no_findings.hpp"
#include "support/shared_folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/hybrid.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/writer/compressed_hdf5.hpp>
#include <distproc/writer/node_gather.hpp>

#include <cstddef>

namespace writers_compressed_mpi_tests {

namespace {

using distproc::hdf5_files;
using distproc::hdf5_records;
using executor = distproc::mpi_executor<>;

template <class Result, class Wrap, class Executor>
void check(Wrap&& wrap, const Executor& on, hdf5_files files, hdf5_records records = hdf5_records::columns) {
    const test::shared_folder folder(on.make_team());
    test::compressed_output<Result> output(folder.path());
    output.files = files;
    output.records = records;
    test::no_findings(distproc::conformance::check_writer<Result>([&] { return wrap(output.next()); },
                                                                  [&] { return output.read(); }, on));
}

executor some_nodes(std::size_t ranks_per_node) {
    executor on;
    on.ranks_per_node = ranks_per_node;
    return on;
}

const auto plain = [](const auto& writer) { return writer; };
const auto gathered = [](const auto& writer) { return distproc::node_gather{writer}; };
const auto one_of_two = [](const auto& writer) { return distproc::node_gather{writer, 2}; };

} // namespace

TEST_CASE("compressed_hdf5_writer conforms on many ranks") {
    check<test::mixed>(plain, executor{}, hdf5_files::one);
    check<test::mixed>(plain, executor{}, hdf5_files::per_writer, hdf5_records::compound);
}

TEST_CASE("compressed_hdf5_writer conforms on ranks with threads") {
    check<test::mixed>(plain, distproc::hybrid_executor{{.threads = 2}}, hdf5_files::one, hdf5_records::compound);
}

TEST_CASE("node_gather conforms before compressed_hdf5_writer") {
    check<test::mixed>(gathered, executor{}, hdf5_files::one);
    check<test::mixed>(gathered, some_nodes(2), hdf5_files::per_writer, hdf5_records::compound);
    check<test::mixed>(one_of_two, some_nodes(1), hdf5_files::one);
}

} // namespace writers_compressed_mpi_tests
