// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/observe/report.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <sstream>
#include <string>

namespace {

distproc::report filled() {
    distproc::report r;
    r.executor = "tbb";
    r.writer = "hdf5";
    r.source = "scan.h5:/loops";
    r.output = "a \"quoted\" name\\with\ttab";
    r.cpu = "some CPU";
    r.ranks = 3;
    r.nodes = 2;
    r.workers = 6;
    r.items = 2500;
    r.items_before = 100;
    r.items_total = 2600;
    r.blocks = 17;
    r.bytes_read = 1260000;
    r.bytes_written = 999;
    r.bytes_between_ranks = 1000;
    r.bytes_between_nodes = 0;
    r.seconds = 1.25;
    r.computing = {1, 2, 4};
    r.imbalance = 1.5;
    r.peak_memory = 52000000;
    r.timings = {{"fft", 2500, 0.75}};
    return r;
}

std::string text(const distproc::report& r) {
    std::ostringstream out;
    out << r;
    return out.str();
}

bool holds(const std::string& all, const std::string& part) { return all.find(part) != std::string::npos; }

} // namespace

TEST_CASE("a report is a table for people") {
    const std::string table = text(filled());
    CHECK(table.starts_with("done: 2600 of 2600 items (2500 now, 100 by earlier runs) in 1.25 s, tbb -> hdf5\n"));
    CHECK(holds(table, "3 ranks, 2 nodes, 6 workers (some CPU)"));
    CHECK(holds(table, "read            1.26 MB\n"));
    CHECK(holds(table, "written         999 B\n"));
    CHECK(holds(table, "1 kB between ranks, 0 B between nodes"));
    CHECK(holds(table, "computing       1 / 2 / 4 s\n"));
    CHECK(holds(table, "imbalance       1.50"));
    CHECK(holds(table, "peak memory     52 MB"));
    CHECK(holds(table, "fft           0.75 s in 2500 calls"));
}

TEST_CASE("a report is JSON for programs") {
    const std::string json = to_json(filled());
    CHECK(json.front() == '{');
    CHECK(json.back() == '}');
    CHECK(holds(json, R"("output": "a \"quoted\" name\\with\u0009tab")"));
    CHECK(holds(json, R"("items": 2500, "items_before": 100, "items_total": 2600)"));
    CHECK(holds(json, R"("computing": {"min": 1, "mean": 2, "max": 4})"));
    CHECK(holds(json, R"("timings": {"fft": {"count": 2500, "seconds": 0.75}})"));
    CHECK(holds(json, R"("stopped": false, "trial": false)"));
}

TEST_CASE("JSON has no number that is not finite") {
    distproc::report r;
    r.imbalance = std::numeric_limits<double>::infinity();
    r.seconds = 1e-7 / 3;
    CHECK(holds(to_json(r), R"("imbalance": null)"));
    CHECK(holds(to_json(r), R"("seconds": 3.33333333e-08)"));
}

TEST_CASE("how a run ended") {
    distproc::report r = filled();
    CHECK(r.exit_code() == 0);
    r.stopped = true;
    CHECK(r.exit_code() == 75);
    CHECK(text(r).starts_with("stopped: 2600 of 2600 items (2500 now, 100 by earlier runs)"));
    r.trial = true;
    CHECK(text(r) == "trial run: nothing was stored\n");
}

TEST_CASE("one of each is not many") {
    distproc::report r;
    CHECK(holds(text(r), "1 rank, 1 node, 1 worker ("));
}
