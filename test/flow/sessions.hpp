// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// What execute does where a session or an executor misbehaves in any of its members.
#include "flow/hooks.hpp"
#include <distproc/execute.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

inline void fails() { throw std::runtime_error("hook"); }

inline std::vector<double> numbers(std::size_t count) {
    std::vector<double> all(count);
    std::iota(all.begin(), all.end(), 0.0);
    return all;
}

inline distproc::options quiet() {
    distproc::options how;
    how.show = distproc::progress::off;
    how.block_seconds = 20e-6;
    return how;
}

template <bool Concurrent, bool Overlaps, class... Observers>
distproc::report run_hooked(hooks& what, std::size_t count = 1000, Observers&... watching) {
    return execute(
        numbers(count), [](double x) { return x + 1; }, hooked_executor<Overlaps>{&what},
        hooked_writer<Concurrent>{&what}, quiet(), watching...);
}

template <bool Concurrent, bool Overlaps, class... Observers>
std::string error_of(hooks& what, Observers&... watching) {
    try {
        (void)run_hooked<Concurrent, Overlaps>(what, 1000, watching...);
    } catch (const distproc::execution_error& e) {
        return e.what();
    }
    return "nothing";
}

inline bool all_computed(const hooks& what) {
    for (std::size_t i = 0; i < what.memory.size(); ++i) {
        if (what.memory[i] != static_cast<double>(i) + 1) {
            return false;
        }
    }
    return true;
}

struct failing_observer : distproc::null_observer {
    void started(const distproc::run_start&) { fails(); }
};

/// What every combination of session and executor must do.
template <bool Concurrent, bool Overlaps>
void misbehaviour() {
    hooks what;
    SUBCASE("nobody misbehaves") {
        const auto report = run_hooked<Concurrent, Overlaps>(what);
        CHECK(report.output == "hooks");
        CHECK(all_computed(what));
        CHECK(what.written == 1000);
        CHECK(what.watches == 1);
        CHECK(what.how == distproc::outcome::complete);
    }
    SUBCASE("some runs have places, others have none") {
        what.has_place = [](std::size_t first) { return first % 2 == 0; };
        (void)run_hooked<Concurrent, Overlaps>(what);
        CHECK(all_computed(what));
        CHECK(what.written < 1000);
        CHECK(what.written > 0);
    }
    SUBCASE("all runs have places") {
        what.has_place = [](std::size_t) { return true; };
        (void)run_hooked<Concurrent, Overlaps>(what);
        CHECK(all_computed(what));
        CHECK(what.written == 0);
    }
    SUBCASE("place throws") {
        what.place = [](std::size_t first) { // nobody else: who fails first would be the one that is told
            if (first == 0) {
                fails();
            }
        };
        CHECK(error_of<Concurrent, Overlaps>(what).find("item 0, writing on rank 0 (node 0): hook") == 0);
    }
    SUBCASE("done throws") {
        what.done = fails;
        CHECK(error_of<Concurrent, Overlaps>(what) == "opening the output on rank 0 (node 0): hook");
    }
    SUBCASE("done says more than there is") {
        what.done_set.insert({10, 5000});
        const auto report = run_hooked<Concurrent, Overlaps>(what);
        CHECK(report.items == 10);
    }
    SUBCASE("watch throws") {
        what.watch = fails;
        CHECK(error_of<Concurrent, Overlaps>(what) == "planning on rank 0 (node 0): hook");
    }
    SUBCASE("finish throws") {
        what.finish = fails;
        CHECK(error_of<Concurrent, Overlaps>(what) == "writing on rank 0 (node 0): hook");
    }
    SUBCASE("close throws") {
        what.close = fails;
        CHECK(error_of<Concurrent, Overlaps>(what) == "closing the output on rank 0 (node 0): hook");
    }
    SUBCASE("close throws after another failure: the first one is told") {
        what.close = fails;
        what.finish = [] { throw std::runtime_error("first"); };
        CHECK(error_of<Concurrent, Overlaps>(what) == "writing on rank 0 (node 0): first");
    }
    SUBCASE("moved throws") {
        what.moved = fails;
        CHECK(error_of<Concurrent, Overlaps>(what) == "closing the output on rank 0 (node 0): hook");
    }
    SUBCASE("description throws") {
        what.description = fails;
        CHECK(error_of<Concurrent, Overlaps>(what) == "closing the output on rank 0 (node 0): hook");
    }
    SUBCASE("the executor has no supply") {
        what.supply = fails;
        CHECK(error_of<Concurrent, Overlaps>(what) == "planning on rank 0 (node 0): hook");
    }
    SUBCASE("the executor cannot start its workers") {
        what.run = [](std::size_t) { fails(); };
        const std::string said = error_of<Concurrent, Overlaps>(what);
        CHECK(said.substr(said.find(" on ")) == " on rank 0 (node 0): hook");
    }
    SUBCASE("an observer throws") {
        failing_observer bad;
        CHECK(error_of<Concurrent, Overlaps>(what, bad) == "planning on rank 0 (node 0): hook");
    }
    CHECK(what.finishes == 1);
    CHECK(what.closes == 1);
}

/// The width is asked for before anything is opened.
template <bool Overlaps>
void no_width() {
    hooks what;
    what.width = fails;
    CHECK(error_of<true, Overlaps>(what) == "planning on rank 0 (node 0): hook");
    CHECK(what.finishes == 0);
    CHECK(what.closes == 0);
}

} // namespace test
