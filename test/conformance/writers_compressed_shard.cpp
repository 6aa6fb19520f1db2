// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "conformance/no_findings.hpp"
#include "conformance/shard_output.hpp"
#include "support/folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/executor/tbb.hpp>
#include <distproc/writer/compressed_shard.hpp>

TEST_CASE("compressed_shard_writer conforms with threads, with small shards") {
    const test::folder folder;
    test::shard_output<test::mixed, distproc::compressed_shard_writer> output(folder / "");
    output.shard_bytes = 5000;
    test::no_findings(distproc::conformance::check_writer<test::mixed>(
        [&] { return output.next(); }, [&] { return output.read(); }, distproc::tbb_executor{}));
}
