// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include "conformance/shard_output.hpp"
#include "support/folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/shard.hpp>

#include <array>
#include <complex>
#include <cstdint>

TEST_CASE_TEMPLATE("shard_writer conforms", Result, double, std::int16_t, std::complex<double>, std::array<float, 3>,
                   test::phase, test::mixed) {
    const test::folder folder;
    test::shard_output<Result> output(folder / "");
    test::no_findings(distproc::conformance::check_writer<Result>(
        [&] { return output.next(); }, [&] { return output.read(); }, distproc::serial_executor{}));
}

TEST_CASE("node_gather conforms before shard_writer on one rank, with small shards") {
    const test::folder folder;
    test::shard_output<test::mixed> output(folder / "");
    output.shard_bytes = 500;
    test::no_findings(
        distproc::conformance::check_writer<test::mixed>([&] { return distproc::node_gather{output.next()}; },
                                                         [&] { return output.read(); }, distproc::serial_executor{}));
}
