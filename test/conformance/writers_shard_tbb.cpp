// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include "conformance/shard_output.hpp"
#include "support/folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/tbb.hpp>
#include <distproc/writer/shard.hpp>

TEST_CASE_TEMPLATE("shard_writer conforms with threads", Result, double, test::mixed) {
    const test::folder folder;
    test::shard_output<Result> output(folder / "");
    test::no_findings(distproc::conformance::check_writer<Result>(
        [&] { return output.next(); }, [&] { return output.read(); }, distproc::tbb_executor{}));
}
