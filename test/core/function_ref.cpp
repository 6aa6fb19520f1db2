// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/function_ref.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

using distproc::function_ref;

namespace {

int call_twice(function_ref<int(int)> f) { return f(f(1)); }

int plain(int x) { return x; }

} // namespace

TEST_CASE("a function_ref calls what it refers to") {
    int calls = 0;
    const auto counting = [&](int x) {
        ++calls;
        return 10 * x + 3;
    };
    CHECK(call_twice(counting) == 133);
    CHECK(calls == 2);

    int sum = 0;
    auto adding = [&sum, step = 0](int x) mutable { return sum += x + ++step; }; // its state is its own
    CHECK(call_twice(adding) == 6);
    CHECK(sum == 6);
    CHECK(adding(0) == 9);

    const std::function<int(int)> wrapped = plain;
    CHECK(call_twice(wrapped) == 1);
}

TEST_CASE("a function_ref drops a result that nobody wants, converts others, and moves arguments") {
    std::string got;
    const auto appends = [&got](std::unique_ptr<std::string> text) { return static_cast<int>((got += *text).size()); };
    const function_ref<void(std::unique_ptr<std::string>)> quiet = appends;
    quiet(std::make_unique<std::string>("ab"));
    const function_ref<double(std::unique_ptr<std::string>)> counted = appends;
    CHECK(counted(std::make_unique<std::string>("cde")) == 5.0);
    CHECK(got == "abcde");
}

TEST_CASE("a copy of a function_ref refers to the same object; what is thrown comes through") {
    int calls = 0;
    const auto throws = [&calls] {
        ++calls;
        throw std::runtime_error("from within");
    };
    const function_ref<void()> first = throws;
    const function_ref<void()> second = first; // NOLINT(performance-unnecessary-copy-initialization)
    CHECK_THROWS_WITH_AS(first(), "from within", std::runtime_error);
    CHECK_THROWS_WITH_AS(second(), "from within", std::runtime_error);
    CHECK(calls == 2);
}

static_assert(!std::is_constructible_v<function_ref<int(int)>, int (&)(std::string)>);
static_assert(!std::is_constructible_v<function_ref<int(int)>, int (&)(int)>);
