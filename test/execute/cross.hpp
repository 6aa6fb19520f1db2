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

#include <cstddef>
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
    const auto& expected = in.plain_loop(factors, Compute::random);
    const bool root = on.make_team().rank() == 0;
    const std::size_t wanted = root ? 0 : in.count;
    {
        INFO("memory");
        std::vector<finding> results;
        check_report(execute(source, Compute{}, on, distproc::memory_writer{results}, quiet()), in);
        CHECK(differing(results, expected) == wanted);
    }
    {
        INFO("memory on every rank");
        std::vector<finding> results;
        const distproc::memory_writer writer{results, distproc::results_on::every_rank};
        check_report(execute(source, Compute{}, on, writer, quiet()), in);
        CHECK(differing(results, expected) == 0);
    }
    {
        INFO("null");
        check_report(execute(source, Compute{}, on, distproc::null_writer{}, quiet()), in);
    }
    {
        INFO("gathered memory");
        std::vector<finding> results;
        const distproc::node_gather writer{distproc::memory_writer{results}};
        check_report(execute(source, Compute{}, on, writer, quiet()), in);
        CHECK(differing(results, expected) == wanted);
    }
}

template <class Executor, class Source>
void all_forms(const Executor& on, const Source& source, const rows& in, bool factors) {
    through_memory<by_item>(on, source, in, factors);
    through_memory<with_context>(on, source, in, factors);
    through_memory<with_workspace>(on, source, in, factors);
    through_memory<by_cell>(on, source, in, factors);
}

/// One case, no subcases, here and in cross_hdf5: inputs, their files and the plain loops are made once. An exception
/// ends it.
template <class Executor>
void cross(const Executor& on) {
    for (const rows& in : inputs()) {
        CAPTURE(distproc::to_string(in.items));
        const distproc::range_source range{in.spans, in.items};
        {
            INFO("range");
            all_forms(on, range, in, false);
        }
        {
            INFO("zip");
            all_forms(on, distproc::zip_source(range, in.factors), in, true);
        }
    }
}

} // namespace test
