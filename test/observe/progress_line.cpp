// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/observe/progress_line.hpp>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

/// Shows a run of 1000 items in steps, waiting for the clock before those that are to be shown; what was written.
std::string shown_in(std::FILE* to, bool shown, bool slow) {
    distproc::progress_line line(shown, to);
    distproc::run_start start;
    start.items = 1000;
    line.started(start);
    const auto begin = std::chrono::steady_clock::now();
    while (slow && std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(501)) {
    }
    for (std::size_t done = 10; done <= 1000; done += 10) {
        distproc::block_event block;
        block.items = 10;
        block.items_done = done;
        line.computed(block);
    }
    line.waiting(1000);
    line.ended(1000);
    std::fflush(to);
    return {};
}

std::string in_a_file(bool shown, bool slow) {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    shown_in(file, shown, slow);
    std::rewind(file);
    std::string text(100000, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t times = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
        ++times;
    }
    return times;
}

} // namespace

TEST_CASE("where there is no terminal: a line for every 10 %") {
    const std::string text = in_a_file(true, true);
    CHECK(count(text, "\n") == 10);
    CHECK(count(text, "\r") == 0);
    CHECK(text.find(" 10 %  100 of 1000 items  ") == 0);
    CHECK(text.find("100 %  1000 of 1000 items") != std::string::npos);
    CHECK(count(text, " s left\n") == 10);
}

TEST_CASE("short runs, and those that are not to be shown, say nothing") {
    CHECK(in_a_file(true, false).empty());
    CHECK(in_a_file(false, true).empty());
}

TEST_CASE("in a terminal: one line that is rewritten") {
    const int controller = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (controller < 0 || ::grantpt(controller) != 0 || ::unlockpt(controller) != 0) {
        MESSAGE("no pseudo-terminal here");
        return;
    }
    const int terminal = ::open(::ptsname(controller), O_RDWR | O_NOCTTY);
    REQUIRE(terminal >= 0);
    std::FILE* file = ::fdopen(terminal, "w");
    REQUIRE(file != nullptr);
    shown_in(file, true, true);
    std::fclose(file); // the reader then meets an end
    std::string text;
    char piece[256];
    for (ssize_t got = 0; (got = ::read(controller, piece, sizeof piece)) > 0;) {
        text.append(piece, static_cast<std::size_t>(got));
    }
    REQUIRE_FALSE(text.empty());
    CHECK(text.front() == '\r');
    CHECK(text.find("1000 of 1000 items") != std::string::npos);
    CHECK(count(text, "\n") == 1); // at its end
    ::close(controller);
}

TEST_CASE("no item at all") {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    distproc::progress_line line(true, file);
    line.started({});
    line.waiting(0);
    line.ended(0);
    CHECK(std::ftell(file) == 0);
    std::fclose(file);
}
