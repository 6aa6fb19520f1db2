// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/team.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

using distproc::solo_team;

TEST_CASE("a team of one is rank 0 of 1 on node 0 of 1") {
    const solo_team team;
    CHECK(team.rank() == 0);
    CHECK(team.size() == 1);
    CHECK(team.node() == 0);
    CHECK(team.nodes() == 1);
    CHECK(team.node_rank() == 0);
    CHECK(team.node_size() == 1);
    CHECK(team.leaders(3).has_value());
}

TEST_CASE("collective calls of one return what was given") {
    const solo_team team;
    team.meet([] {});
    CHECK(team.all_gather(std::string_view("a\0b", 3)) == std::vector<std::string>{std::string("a\0b", 3)});
    CHECK(team.broadcast("text", 0) == "text");
    std::vector<std::byte> message;
    CHECK(!team.receive(message));
    CHECK_THROWS_AS((void)team.send(0, {}, [] { return true; }), distproc::error);
}

TEST_CASE("node memory is zeroed, aligned to pages and large enough") {
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{10000}}) {
        const auto memory = solo_team::node_memory(bytes);
        REQUIRE(memory.data() != nullptr);
        CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 4096 == 0);
        CHECK(std::all_of(memory.data(), memory.data() + bytes, [](std::byte b) { return b == std::byte{0}; }));
        std::fill_n(memory.data(), bytes, std::byte{1});
    }
}
