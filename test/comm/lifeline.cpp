// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/comm/lifeline.hpp>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <utility>

using namespace distproc::detail;
using namespace std::chrono_literals;

namespace {

constexpr lifeline_token token{17, 4711};

/// What a lifeline says within so long: "silence", "closed", or the bytes.
std::string heard(const descriptor& line, std::chrono::milliseconds limit) {
    char some[64];
    if (!wait_for_socket(line.get(), POLLIN, limit)) {
        return "silence";
    }
    const ssize_t bytes = ::recv(line.get(), some, sizeof some, 0);
    return bytes > 0 ? std::string(some, static_cast<std::size_t>(bytes)) : "closed";
}

} // namespace

TEST_CASE("a lifeline to a process of this host") {
    const lifeline_port port;
    REQUIRE(port.valid());
    const std::string addresses = port.addresses();
    REQUIRE(addresses.size() >= sizeof(sockaddr_storage));
    const pid_t child = ::fork();
    if (child == 0) {
        const descriptor mine = connect_lifeline(addresses, true, {token, 3});
        char said = 0; // lives until it is killed, or its parent is gone
        (void)!::recv(mine.get(), &said, wait_for_socket(mine.get(), POLLIN, 60s) ? 1U : 0U, 0);
        ::_exit(0);
    }
    auto [line, rank] = port.accept(token, 20s);
    REQUIRE(line.get() >= 0);
    CHECK(rank == 3);
    notice_silence(line.get(), 8s);
    ::kill(child, SIGSTOP); // its kernel lives on
    CHECK(heard(line, 100ms) == "silence");
    ::kill(child, SIGKILL);
    CHECK(heard(line, 20s) == "closed");
    ::waitpid(child, nullptr, 0);
}

TEST_CASE("only those of the same job are let in") {
    const lifeline_port port;
    REQUIRE(port.valid());
    const std::string addresses = port.addresses();
    const descriptor stranger = connect_lifeline(addresses, true, {{1, 2}, 0});
    const descriptor mine = connect_lifeline(addresses, true, {token, 5});
    CHECK(stranger.get() >= 0);
    auto [line, rank] = port.accept(token, 20s);
    REQUIRE(line.get() >= 0);
    CHECK(rank == 5);
    CHECK(heard(stranger, 20s) == "closed");
    REQUIRE(::send(line.get(), "hello", 5, MSG_NOSIGNAL) == 5);
    CHECK(heard(mine, 20s) == "hello");
    CHECK(port.accept(token, 1ms).first.get() < 0);
}

TEST_CASE("nobody is there") {
    std::string addresses;
    {
        const lifeline_port gone;
        addresses = gone.addresses();
    }
    CHECK(connect_lifeline(addresses, true, {token, 0}).get() < 0);
    CHECK(connect_lifeline("", true, {token, 0}).get() < 0);
    CHECK(connect_lifeline("too short", true, {token, 0}).get() < 0);
}
