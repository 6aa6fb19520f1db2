// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/granules.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/flow/block_sizer.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <utility>

using distproc::detail::block_sizer;

TEST_CASE("blocks grow to the wanted duration, fourfold at most") {
    block_sizer sizer(0.1, 1 << 20);
    CHECK(sizer.items() == 1);
    CHECK(sizer.items_between_checks() == 1);
    std::size_t before = 1;
    for (int block = 0; block < 12; ++block) {
        sizer.learn(before, 1e-6 * static_cast<double>(before)); // a microsecond for each item
        CHECK(sizer.items() <= 4 * before);
        before = sizer.items();
    }
    CHECK(before > 99000);
    CHECK(before <= 100000);
    CHECK(sizer.items_between_checks() == 1); // looking costs nothing beside a microsecond
}

TEST_CASE("looks at the stop flag are about 3 microseconds apart where items are quick") {
    for (const auto& [each, between] :
         {std::pair<double, std::size_t>{51e-9, 1}, {40e-9, 80}, {20e-9, 160}, {5e-9, 256}}) {
        block_sizer sizer(0.1, 1 << 20);
        sizer.learn(1000, 1000 * each);
        CHECK(sizer.items_between_checks() == between);
    }
}

TEST_CASE("blocks shrink where items turn out to be long") {
    block_sizer sizer(0.1, 1 << 20);
    sizer.learn(1000, 0.001);
    CHECK(sizer.items() == 4000);
    sizer.learn(1000, 1000); // a second each
    CHECK(sizer.items() == 1);
    CHECK(sizer.items_between_checks() == 1);
}

TEST_CASE("the latest blocks count most") {
    block_sizer sizer(0.1, 1 << 30);
    for (int block = 0; block < 40; ++block) {
        sizer.learn(1'000'000, 0.1); // long: 4 s of items of 0.1 microseconds
    }
    for (int block = 0; block < 40; ++block) {
        sizer.learn(20, 0.1); // then of 5 ms
    }
    CHECK(sizer.items() <= 40);
}

TEST_CASE("blocks stay within what memory allows") {
    block_sizer sizer(0.1, 50);
    for (int block = 0; block < 10; ++block) {
        sizer.learn(sizer.items(), 0); // too fast for the clock
    }
    CHECK(sizer.items() == 50);
    CHECK(sizer.items_between_checks() == 256);
    sizer.learn(0, 5); // nothing was computed: nothing is learned
    CHECK(sizer.items() == 50);
    CHECK(block_sizer(0.1, 0).items() == 1);
}

TEST_CASE("chunks of the source are so many granules, where the granules to do are all in a row") {
    distproc::plan what;
    const auto of = [&](std::size_t run) { return distproc::detail::granules_of_chunk(run, what); };
    what.grid = distproc::granules({1000}, 10);
    what.remaining = distproc::index_set(what.grid.count());
    CHECK(of(50) == 5);
    CHECK(of(10) == 1);
    CHECK(of(45) == 1); // ends within a granule
    what.remaining = distproc::index_set(what.grid.count() - 1);
    CHECK(of(50) == 1);
    what.grid = distproc::granules({10, 100}, distproc::shape{2, 5});
    what.remaining = distproc::index_set(what.grid.count());
    CHECK(of(50) == 1); // boxes
}

TEST_CASE("a block has room for a whole chunk of the source, unless that is very large") {
    constexpr std::size_t mib = std::size_t{1} << 20U;
    CHECK(distproc::detail::bytes_with_chunk(mib, 100) == mib);
    CHECK(distproc::detail::bytes_with_chunk(mib, 8 * mib) == 8 * mib);
    CHECK(distproc::detail::bytes_with_chunk(mib, 33 * mib) == mib);
    CHECK(distproc::detail::bytes_with_chunk(40 * mib, 33 * mib) == 40 * mib);
}

TEST_CASE("whether workers write themselves") {
    distproc::detail::block_sizer sizer(0.1, 1000);
    CHECK_FALSE(sizer.writing_outweighs(1)); // nothing is known
    sizer.learn(10, 1.0);
    for (int k = 0; k < 50; ++k) {
        sizer.learn_writing(10, 1.0);
    }
    CHECK_FALSE(sizer.writing_outweighs(1)); // equally long: a lane hides one behind the other
    CHECK(sizer.writing_outweighs(2));       // two workers keep one lane busy
    for (int k = 0; k < 50; ++k) {
        sizer.learn_writing(10, 2.0);
    }
    CHECK(sizer.writing_outweighs(1));
    sizer.learn_writing(0, 5.0); // a block without results says nothing
    for (int k = 0; k < 50; ++k) {
        sizer.learn(10, 3.0);
    }
    CHECK_FALSE(sizer.writing_outweighs(1));
}
