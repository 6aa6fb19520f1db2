// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/node_gather.hpp>

#include <array>
#include <complex>
#include <memory>
#include <span>
#include <vector>

using distproc::conformance::check_writer;

TEST_CASE_TEMPLATE("memory_writer conforms", Result, double, float, char, std::uint64_t, std::complex<float>,
                   std::array<short, 3>, test::phase, test::mixed) {
    std::vector<Result> results;
    test::no_findings(check_writer<Result>(
        [&] {
            results.clear();
            return distproc::memory_writer{results};
        },
        [&] { return results; }, distproc::serial_executor{}));
}

TEST_CASE("node_gather conforms on one rank") {
    std::vector<test::mixed> results;
    test::no_findings(check_writer<test::mixed>(
        [&] {
            results.clear();
            return distproc::node_gather{distproc::memory_writer{results}};
        },
        [&] { return results; }, distproc::serial_executor{}));
}
