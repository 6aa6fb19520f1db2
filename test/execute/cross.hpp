// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// Every writer, source and form of compute on one executor, compared with a plain loop bit for bit. Written once; the
// executables instantiate it, one for each executor.
#include "execute/forms.hpp"
#include "execute/rows.hpp"
#include <distproc/execute.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/select.hpp>
#include <distproc/source/zip.hpp>
#include <distproc/writer/memory.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/null.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace test {

inline const std::vector<rows>& inputs() {
    static const std::vector<rows> all = [] {
        std::vector<rows> some;
        some.emplace_back(distproc::shape{50, 50}, 63);
        some.emplace_back(distproc::shape{7, 13}, 63);
        some.emplace_back(distproc::shape{1, 100003}, 5);
        return some;
    }();
    return all;
}

inline distproc::options quiet() {
    distproc::options how;
    how.show = distproc::progress::off;
    how.seed = seed;
    how.block_seconds = 1e-3; // many blocks
    return how;
}

/// How many results differ from a plain loop's.
inline std::size_t differing(const std::vector<finding>& results, const std::vector<finding>& expected) {
    std::size_t wrong = results.size() == expected.size() ? 0 : expected.size();
    for (std::size_t i = 0; i < std::min(results.size(), expected.size()); ++i) {
        wrong += same(results[i], expected[i]) ? 0 : 1;
    }
    return wrong;
}

inline void check_report(const distproc::report& report, const rows& in) {
    CHECK(report.items == in.count);
    CHECK(report.items_total == in.count);
    CHECK_FALSE(report.stopped);
    CHECK(report.exit_code() == 0);
    CHECK_FALSE(with_workspace::shared);
}

/// One source and compute through the writers that keep results in memory.
template <class Compute, class Executor, class Source>
void through_memory(const Executor& on, const Source& source, const rows& in, bool factors) {
    CAPTURE(Compute::name);
    const auto expected = in.plain_loop(factors, Compute::random);
    const bool root = on.make_team().rank() == 0;
    const std::size_t wanted = root ? 0 : in.count;
    std::vector<finding> results;
    SUBCASE("memory") {
        check_report(execute(source, Compute{}, on, distproc::memory_writer{results}, quiet()), in);
        CHECK(differing(results, expected) == wanted);
    }
    SUBCASE("memory on every rank") {
        const distproc::memory_writer writer{results, distproc::results_on::every_rank};
        check_report(execute(source, Compute{}, on, writer, quiet()), in);
        CHECK(differing(results, expected) == 0);
    }
    SUBCASE("null") { check_report(execute(source, Compute{}, on, distproc::null_writer{}, quiet()), in); }
    SUBCASE("gathered memory") {
        const distproc::node_gather writer{distproc::memory_writer{results}};
        check_report(execute(source, Compute{}, on, writer, quiet()), in);
        CHECK(differing(results, expected) == wanted);
    }
}

template <class Executor, class Source>
void all_forms(const Executor& on, const Source& source, const rows& in, bool factors) {
    SUBCASE("item") { through_memory<by_item>(on, source, in, factors); }
    SUBCASE("context") { through_memory<with_context>(on, source, in, factors); }
    SUBCASE("workspace") { through_memory<with_workspace>(on, source, in, factors); }
    SUBCASE("cell") { through_memory<by_cell>(on, source, in, factors); }
}

template <class Executor>
void cross(const Executor& on) {
    for (const rows& in : inputs()) {
        const std::string items = distproc::to_string(in.items);
        SUBCASE(items.c_str()) {
            SUBCASE("range") { all_forms(on, distproc::range_source{in.spans, in.items}, in, false); }
            SUBCASE("zip") {
                all_forms(on, distproc::zip_source(distproc::range_source{in.spans, in.items}, in.factors), in, true);
            }
        }
    }
}

} // namespace test
