// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The check of writers finds what is wrong with writers that have one fault each.
#include "conformance/no_findings.hpp"
#include <distproc/conformance/writer.hpp>
#include <distproc/core/error.hpp>
#include <distproc/executor/serial.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace faulty_writers_tests {

namespace {

enum class fault {
    none,
    one_value_per_item,
    loses_last,
    shifts,
    dry_run_stays,
    throws_on_failure,
    never_again,
    says_done,
    loses_marks,
    no_description
};

struct store {
    std::vector<double> results;
    bool exists = false;
};

struct faulty_writer {
    static constexpr std::string_view name = "faulty";
    store* to;
    fault what;

    struct session {
        static constexpr bool concurrent = false;
        store* to;
        fault what;
        bool dry;
        std::size_t per_item;

        [[nodiscard]] distproc::index_set done() const {
            return what == fault::says_done ? distproc::index_set(to->results.size() / per_item / 2)
                                            : distproc::index_set();
        }
        void write(std::size_t first, std::span<const double> results) {
            const std::size_t lost =
                what == fault::loses_last && first * per_item + results.size() == to->results.size() ? 1 : 0;
            const std::size_t shift = what == fault::shifts && first != 0 ? 1 : 0;
            const std::size_t at = what == fault::one_value_per_item ? first : first * per_item;
            std::copy(results.begin(), results.end() - static_cast<std::ptrdiff_t>(lost),
                      to->results.begin() + static_cast<std::ptrdiff_t>(at - shift));
            if (what == fault::loses_marks) {
                std::replace_if(
                    to->results.begin(), to->results.end(), [](double x) { return std::isnan(x); }, 0.0);
            }
        }
        void finish() {}
        void close(distproc::outcome how) {
            if (dry && what != fault::dry_run_stays) {
                to->exists = false;
            }
            if (what == fault::throws_on_failure && how == distproc::outcome::stopped && !dry) {
                throw distproc::error("a run that was stopped cannot be closed");
            }
        }
        [[nodiscard]] distproc::traffic moved() const { return {}; }
        [[nodiscard]] std::string description() const { return what == fault::no_description ? "" : "a vector"; }
    };

    template <class Result, class Team>
    [[nodiscard]] session open(const distproc::plan& run, const Team&) const {
        if (to->exists) {
            throw distproc::error("the output exists");
        }
        to->exists = true;
        to->results.assign(run.grid.item_count() * run.result.per_item, 0);
        return {to, what, run.dry_run, run.result.per_item};
    }
};

std::vector<std::string> found(fault what) {
    store all;
    return distproc::conformance::check_writer<double>(
        [&] {
            all.exists = all.exists && what == fault::never_again;
            return faulty_writer{&all, what};
        },
        [&] { return all.results; }, distproc::serial_executor{});
}

} // namespace

TEST_CASE("a writer without a fault passes") { test::no_findings(found(fault::none)); }

TEST_CASE("faults of writers are found") {
    const std::vector<std::string> values = found(fault::one_value_per_item);
    CHECK(test::says(values, "a session driven by hand, each rank writes its share, 7 x 13 arrays of 2 x 3: "));
    CHECK(test::says(values, "execute, 7 x 13 arrays of 2 x 3: "));
    CHECK(test::says(values, "results are wrong: item "));
    CHECK_FALSE(test::says(values, "items: "));
    CHECK(test::says(found(fault::loses_last), "results are wrong: item "));
    CHECK(test::says(found(fault::shifts), "results are wrong: item "));
    CHECK(test::says(found(fault::dry_run_stays), "a dry run, then a run with the same writer: execute failed with "
                                                  "another error than the compute's: opening the output on rank 0 "
                                                  "(node 0): the output exists"));
    CHECK(test::says(found(fault::throws_on_failure), "a run that was stopped cannot be closed"));
    CHECK(test::says(found(fault::never_again), "the output exists"));
    CHECK(test::says(found(fault::says_done), "done() of a new output is not empty"));
    CHECK(test::says(found(fault::loses_marks),
                     "items 0, 45 and 90 fail and are skipped: 3 results are wrong: item 0 is "
                     "0 instead of nan"));
    CHECK(test::says(found(fault::no_description), "the session's description is empty"));
}

} // namespace faulty_writers_tests
