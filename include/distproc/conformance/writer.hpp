// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/conformance/findings.hpp>
#include <distproc/conformance/sample_result.hpp>
#include <distproc/conformance/session_drive.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/concepts.hpp>
#include <distproc/flow/make_plan.hpp>
#include <distproc/flow/session_part.hpp>
#include <distproc/writer/concepts.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace distproc::conformance {

/// The parts of `check_writer`.
template <class Result, class Make, class ReadBack, executor Executor>
class writer_check {
    using writer_type = std::remove_cvref_t<std::invoke_result_t<const Make&>>;
    using session_type = decltype(std::declval<const writer_type&>().template open<Result>(
        std::declval<const plan&>(), std::declval<const Executor&>().make_team()));
    static constexpr bool leaves_out_failed = distproc::detail::leaves_out<
        std::remove_cvref_t<decltype(distproc::detail::part_of(std::declval<session_type&>()))>>;

public:
    writer_check(const Make& make, const ReadBack& read_back, const Executor& on, const check_options& how)
        : make_(make), read_back_(read_back), executor_(on), ranks_(on.make_team()), how_(how), dog_(how.limit) {}

    std::vector<std::string> all() {
        begin("name");
        found_.expect(!std::string_view(writer_type::name).empty(), "the writer has no name");
        const sample_compute<Result> samples;
        const std::vector<shape> shapes = {{0}, {1}, {std::max<std::size_t>(2, ranks_.size()) - 1}, {7, 13}, {1000}};
        for (const shape& items : shapes) {
            const std::string size = to_string(items) + " items";
            begin("a session driven by hand, each rank writes its share, " + size);
            drive(make_(), items, samples, volume(items), writers::each_rank);
            begin("a session driven by hand, only the last rank writes, " + size);
            drive(make_(), items, samples, volume(items), writers::last_rank);
            begin("execute, " + size);
            compare(items, run(items, make_(), {}));
        }
        begin("a dry run, then a run with the same writer");
        const writer_type again = make_();
        drive(again, {91}, samples, 0, writers::nobody);
        compare({91}, run({91}, again, {}));
        for (const std::size_t item : {std::size_t{0}, std::size_t{45}, std::size_t{90}}) {
            begin("a compute that throws at item " + std::to_string(item));
            run({7, 13}, make_(), {.throws_at = item});
            begin("a stop asked for at item " + std::to_string(item));
            stop(item);
        }
        if constexpr (!leaves_out_failed) {
            begin("items 0, 45 and 90 fail and are skipped");
            skip({0, 45, 90});
        }
        begin("a run after all failures");
        compare({7, 13}, run({7, 13}, make_(), {}));
        if constexpr (element<Result>) {
            if (how_.arrays) {
                arrays({7, 13}, {2, 3});
            }
        }
        return found_.of_all(ranks_);
    }

private:
    struct plot {
        std::size_t throws_at = no_item;
        std::size_t stops_at = no_item;
    };

    void begin(const std::string& part) {
        found_.begin(part);
        dog_.begin(part);
    }
    // Collective. `values`: how many the output then holds.
    template <class Compute>
    void drive(const writer_type& to, const shape& items, const Compute& compute, std::size_t values, writers who) {
        plan what;
        try {
            what = distproc::detail::make_plan<Result>(item_numbers(items).open(), compute, to, quiet().memory_bytes,
                                                       distproc::detail::domains_of(to, ranks_));
        } catch (...) {
            found_.add("planning failed: " + current_exception_text());
            return;
        }
        what.dry_run = who == writers::nobody;
        if (drive_session<Result>(to, ranks_, std::move(what), who, found_) && who != writers::nobody) {
            judge(values);
        }
    }
    // Collective: results that are arrays.
    void arrays(const shape& items, const shape& extents) {
        const sample_arrays<Result> compute{extents};
        const std::size_t values = volume(items) * volume(extents);
        const std::string size = to_string(items) + " arrays of " + to_string(extents);
        begin("a session driven by hand, each rank writes its share, " + size);
        drive(make_(), items, compute, values, writers::each_rank);
        begin("execute, " + size);
        try {
            (void)execute(item_numbers(items), compute, executor_, make_(), quiet());
            judge(values);
        } catch (const execution_error& e) {
            found_.add(std::string("execute failed: ") + e.what());
        }
    }
    [[nodiscard]] static options quiet() {
        options how;
        how.show = progress::off;
        how.block_seconds = 20e-6;
        how.memory_bytes = std::size_t{64} << 20U;
        return how;
    }

    /// Collective: a run through execute; the number of items computed on all ranks, none where it failed.
    std::optional<report> run(const shape& items, const writer_type& to, const plot& what) {
        std::stop_source stop;
        options how = quiet();
        how.stop = stop.get_token();
        const auto compute = [&](std::size_t item) {
            if (item == what.throws_at) {
                throw error("played");
            }
            if (item == what.stops_at) {
                stop.request_stop();
            }
            return samples_(item);
        };
        try {
            report done = execute(item_numbers(items), compute, executor_, to, how);
            found_.expect(what.throws_at == no_item, "execute did not fail though the compute had thrown");
            return done;
        } catch (const execution_error& e) {
            found_.expect(what.throws_at == e.item() && e.message() == "played",
                          std::string("execute failed with another error than the compute's: ") + e.what());
        } catch (...) {
            found_.add("execute threw something other than execution_error: " + current_exception_text());
        }
        return {};
    }

    // Collective.
    void compare(const shape& items, const std::optional<report>& done) {
        if (done) {
            found_.expect(done->items == volume(items), "the report counts " + std::to_string(done->items) +
                                                            " items instead of " + std::to_string(volume(items)));
            judge(volume(items));
        }
    }

    // Collective.
    void stop(std::size_t item) {
        const writer_type to = make_();
        const auto first = run({7, 13}, to, {.stops_at = item});
        if (!how_.resumes || !first) {
            return;
        }
        if (first->stopped) {
            const auto second = run({7, 13}, to, {});
            if (!second) {
                return;
            }
            found_.expect(!second->stopped && second->items < 91 && first->items + second->items >= 91,
                          "the run that went on computed " + std::to_string(second->items) + " of 91 items, after " +
                              std::to_string(first->items) + " in the run that was stopped");
        }
        judge(91);
    }

    // Collective.
    void skip(const std::vector<std::size_t>& failing) {
        const auto fails = [&](std::size_t item) {
            return std::find(failing.begin(), failing.end(), item) != failing.end();
        };
        options how = quiet();
        how.errors.skip = true;
        const auto compute = [&](std::size_t item) { return fails(item) ? throw error("played") : samples_(item); };
        try {
            const report done = execute(item_numbers({7, 13}), compute, executor_, make_(), how);
            found_.expect(done.failed.items == failing, "the report names other items that failed");
            judge(91, fails);
        } catch (const execution_error& e) {
            found_.add(std::string("execute failed: ") + e.what());
        } catch (...) {
            found_.add("execute threw something other than execution_error: " + current_exception_text());
        }
    }

    // Collective, because nobody may begin the next part before the output is read. `failed`: items that have marks.
    void judge(
        std::size_t values, const std::function<bool(std::size_t)>& failed = [](std::size_t) { return false; }) {
        if (ranks_.rank() == 0) {
            try {
                const std::vector<Result> results = read_back_();
                if (found_.expect(results.size() == values, "the output holds " + std::to_string(results.size()) +
                                                                " results instead of " + std::to_string(values))) {
                    judge_results(results, failed);
                }
            } catch (...) {
                found_.add("reading the results back failed: " + current_exception_text());
            }
        }
        ranks_.meet([] {});
    }
    void judge_results(const std::vector<Result>& results, const std::function<bool(std::size_t)>& failed) {
        Result mark{};
        describe<Result>().fill_missing(reinterpret_cast<std::byte*>(&mark), 1);
        std::size_t wrong = 0;
        std::string first;
        for (std::size_t item = 0; item < results.size(); ++item) {
            if (const Result expected = failed(item) ? mark : samples_(item);
                !samples_.same(results[item], expected) && wrong++ == 0) {
                first = "item " + std::to_string(item) + " is " + samples_.text(results[item]) + " instead of " +
                        samples_.text(expected);
            }
        }
        found_.expect(wrong == 0, std::to_string(wrong) + " results are wrong: " + first);
    }

    const Make& make_;
    const ReadBack& read_back_;
    Executor executor_;
    decltype(std::declval<const Executor&>().make_team()) ranks_;
    check_options how_;
    watchdog dog_;
    findings found_;
    sample_results<Result> samples_;
};

/// Collective over the executor's ranks. Whether a writer keeps its contract (writer/concepts.hpp) for results of type
/// `Result`: what is written in any order and from any rank is read back bit for bit, a dry run leaves nothing behind,
/// and a run that fails or stops ends and leaves the next one alone. Some seconds; more on many ranks.
///
/// `make()` returns a writer to a new output, equal on all ranks; it is called on every rank, for each run anew.
/// `read_back()` is called on rank 0 when a run has ended, and returns the results of the output made last, in the
/// order of the items, as `std::vector<Result>`. Where `Result` is an element, the writer is also given arrays of it,
/// unless `how.arrays` is false; `read_back()` then returns their elements, item by item.
/// Returns what is wrong, in sentences, equal on all ranks; empty: it conforms.
template <class Result, class Make, class ReadBack, class Executor>
[[nodiscard]] std::vector<std::string> check_writer(const Make& make, const ReadBack& read_back, const Executor& on,
                                                    const check_options& how = {}) {
    static_assert(executor<Executor>, "check_writer: the third argument is no executor; serial_executor{} will do");
    if constexpr (executor<Executor>) {
        using team_type = decltype(on.make_team());
        static_assert(writer<std::remove_cvref_t<std::invoke_result_t<const Make&>>, Result, team_type>,
                      "check_writer: what make() returns is no writer for these results; see writer/concepts.hpp for "
                      "the members that one has");
        static_assert(std::convertible_to<std::invoke_result_t<const ReadBack&>, std::vector<Result>>,
                      "check_writer: read_back() must return a std::vector of the results");
        return writer_check<Result, Make, ReadBack, Executor>(make, read_back, on, how).all();
    } else {
        return {};
    }
}

} // namespace distproc::conformance
