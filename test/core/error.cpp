// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/error.hpp>

#include <doctest/doctest.h>

using distproc::execution_error;
using distproc::failure;
using distproc::stage;

TEST_CASE("an execution_error says what failed, where, and how many others did") {
    const execution_error one(failure{stage::compute, 17, 3, 1, "no convergence"}, 0);
    CHECK(std::string(one.what()) == "item 17, computing on rank 3 (node 1): no convergence");
    CHECK(one.item() == 17);
    CHECK(one.rank() == 3);
    CHECK(one.node() == 1);
    CHECK(one.others() == 0);
    CHECK(one.where() == stage::compute);
    CHECK(one.message() == "no convergence");

    const execution_error two(failure{stage::open, distproc::no_item, 0, 0, "the disk is full"}, 1);
    CHECK(std::string(two.what()) == "opening the output on rank 0 (node 0): the disk is full [and 1 other failure]");
    CHECK(two.item() == distproc::no_item);

    const execution_error three(failure{stage::write, 0, 2, 0, "x"}, 4);
    CHECK(std::string(three.what()) == "item 0, writing on rank 2 (node 0): x [and 4 other failures]");
}

TEST_CASE("an execution_error is caught as error and as std::runtime_error") {
    CHECK_THROWS_AS(throw execution_error(failure{}, 0), distproc::error);
    CHECK_THROWS_AS(throw execution_error(failure{}, 0), std::runtime_error);
}

TEST_CASE("every stage has words of its own") {
    std::string seen;
    for (const stage s : {stage::plan, stage::open, stage::read, stage::compute, stage::write, stage::close}) {
        const std::string words(to_string(s));
        CHECK(!words.empty());
        CHECK(seen.find("[" + words + "]") == std::string::npos);
        seen += "[" + words + "]";
    }
}
