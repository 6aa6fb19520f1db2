// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/hdf5_output.hpp"
#include "conformance/no_findings.hpp"
#include "support/hdf5_file.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>

#include <array>
#include <complex>

TEST_CASE_TEMPLATE("hdf5_writer conforms", Result, double, std::int16_t, std::complex<double>, std::array<float, 3>,
                   test::phase) {
    const test::folder folder;
    test::hdf5_output<Result> output(folder / "");
    test::no_findings(distproc::conformance::check_writer<Result>(
        [&] { return output.next(); }, [&] { return output.read(); }, distproc::serial_executor{}));
}

TEST_CASE("hdf5_writer conforms with records") {
    const test::folder folder;
    test::hdf5_output<test::mixed> output(folder / "");
    SUBCASE("a dataset of compounds") { output.records = distproc::hdf5_records::compound; }
    SUBCASE("a dataset for each member") { output.records = distproc::hdf5_records::columns; }
    test::no_findings(distproc::conformance::check_writer<test::mixed>(
        [&] { return output.next(); }, [&] { return output.read(); }, distproc::serial_executor{}));
}
