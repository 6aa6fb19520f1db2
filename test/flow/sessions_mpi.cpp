// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A session that misbehaves on one rank: the same error on all, and finish and close on each.
#include "flow/sessions.hpp"
#include <distproc/executor/mpi.hpp>

#include <mpi.h>

#include <cstdlib>

TEST_CASE("one rank misbehaves") {
    const distproc::mpi_executor<> on;
    const auto ranks = on.make_team();
    const std::size_t last = ranks.size() - 1;
    const std::string where = " on rank " + std::to_string(last) + " (node 0): ";
    test::hooks what;
    std::string expected = "nothing";
    const auto set = [&](std::function<void()>& hook) {
        if (ranks.rank() == last) {
            hook = test::fails;
        }
    };
    SUBCASE("nobody does") {}
    SUBCASE("done throws") {
        set(what.done);
        expected = "opening the output" + where + "hook";
    }
    SUBCASE("done differs") {
        what.done_set.insert({0, 10 + (ranks.rank() == last ? 1U : 0U)});
        if (last != 0) {
            expected = "opening the output" + where + "the writer's session leaves 989 granules to do";
        }
    }
    SUBCASE("done differs, of equal size") {
        what.done_set.insert({ranks.rank() == last ? 5U : 0U, ranks.rank() == last ? 15U : 10U});
        if (last != 0) {
            expected = "opening the output" + where + "the writer's session leaves 990 granules to do";
        }
    }
    SUBCASE("watch throws") {
        set(what.watch);
        expected = "planning" + where + "hook";
    }
    SUBCASE("finish throws") {
        set(what.finish);
        expected = "writing" + where + "hook";
    }
    SUBCASE("close throws") {
        set(what.close);
        expected = "closing the output" + where + "hook";
    }
    SUBCASE("moved throws") {
        set(what.moved);
        expected = "closing the output" + where + "hook";
    }
    SUBCASE("description throws") {
        set(what.description);
        expected = "closing the output" + where + "hook";
    }
    std::string said = "nothing";
    try {
        (void)execute(
            test::numbers(1000), [](double x) { return x + 1; }, on, test::hooked_writer<false>{&what}, test::quiet());
    } catch (const distproc::execution_error& e) {
        said = e.what();
    }
    CHECK(said.substr(0, expected.size()) == expected);
    for (const std::string& other : ranks.all_gather(said)) {
        CHECK(other == said);
    }
    CHECK(what.finishes == 1);
    CHECK(what.closes == 1);
}

TEST_CASE("an observer throws on one rank") {
    const distproc::mpi_executor<> on;
    const auto ranks = on.make_team();
    struct on_rank : distproc::null_observer {
        std::size_t where = 0;
        void started(const distproc::run_start& start) const {
            if (start.rank == where) {
                test::fails();
            }
        }
    };
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
        on_rank bad;
        bad.where = rank;
        test::hooks what;
        std::string said;
        try {
            (void)execute(
                test::numbers(1000), [](double x) { return x + 1; }, on, test::hooked_writer<false>{&what},
                test::quiet(), bad);
        } catch (const distproc::execution_error& e) {
            said = e.what();
        }
        CHECK(said == "planning on rank " + std::to_string(rank) + " (node 0): hook");
        CHECK(what.finishes == 1);
        CHECK(what.closes == 1);
    }
}

TEST_CASE("dry runs: one rank misbehaves") {
    const distproc::mpi_executor<> on;
    const auto ranks = on.make_team();
    ::setenv("DISTPROC_DRY_RUN", "1", 1);
    for (const bool in_finish : {true, false}) {
        test::hooks what;
        if (ranks.rank() + 1 == ranks.size()) {
            (in_finish ? what.finish : what.close) = test::fails;
        }
        std::string said;
        try {
            (void)execute(
                test::numbers(1000), [](double x) { return x + 1; }, on, test::hooked_writer<false>{&what},
                test::quiet());
        } catch (const distproc::execution_error& e) {
            said = e.what();
        }
        CHECK(said == (in_finish ? "writing" : "closing the output") + std::string(" on rank ") +
                          std::to_string(ranks.size() - 1) + " (node 0): hook");
        CHECK(what.finishes == 1);
        CHECK(what.closes == 1);
        CHECK(what.written == 0);
    }
    ::unsetenv("DISTPROC_DRY_RUN");
}
