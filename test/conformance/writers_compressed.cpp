// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/compressed_output.hpp"
#include "conformance/no_findings.hpp"
#include "support/folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/serial.hpp>
#include <distproc/executor/tbb.hpp>
#include <distproc/writer/compressed_hdf5.hpp>

namespace {

template <class Result, class Executor>
void check(const Executor& on, distproc::hdf5_files files, distproc::hdf5_records records) {
    const test::folder folder;
    test::compressed_output<Result> output(folder / "");
    output.files = files;
    output.records = records;
    test::no_findings(
        distproc::conformance::check_writer<Result>([&] { return output.next(); }, [&] { return output.read(); }, on));
}

} // namespace

TEST_CASE("compressed_hdf5_writer conforms") {
    const distproc::serial_executor on;
    check<double>(on, distproc::hdf5_files::one, distproc::hdf5_records::columns);
    check<test::mixed>(on, distproc::hdf5_files::one, distproc::hdf5_records::compound);
    check<test::mixed>(on, distproc::hdf5_files::per_writer, distproc::hdf5_records::columns);
}

TEST_CASE("compressed_hdf5_writer conforms with threads") {
    const distproc::tbb_executor on{3};
    check<test::mixed>(on, distproc::hdf5_files::one, distproc::hdf5_records::columns);
    check<double>(on, distproc::hdf5_files::per_writer, distproc::hdf5_records::columns);
    check<test::mixed>(on, distproc::hdf5_files::per_writer, distproc::hdf5_records::compound);
}
