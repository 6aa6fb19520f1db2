// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/conformance/attempt.hpp>
#include <distproc/conformance/findings.hpp>
#include <distproc/executor/concepts.hpp>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace distproc::conformance {

/// The parts of `check_executor`.
template <executor Executor>
class executor_check {
public:
    executor_check(const Executor& subject, const check_options& how)
        : executor_(subject), ranks_(subject.make_team()), dog_(how.limit) {}

    std::vector<std::string> all() {
        begin("name and width");
        found_.expect(!std::string_view(Executor::name).empty(), "the executor has no name");
        width_ = executor_.width(ranks_);
        if (!found_.expect(width_ >= 1, "the executor's width is 0, and must be at least 1")) {
            return found_.of_all(ranks_);
        }
        workers();
        for (const std::size_t granules : {std::size_t{0}, std::size_t{1}, ranks_.size(), std::size_t{997}}) {
            supplies(granules);
        }
        stop_flag();
        runs<false>();
        runs<true>();
        return found_.of_all(ranks_);
    }

private:
    void begin(const std::string& part) {
        found_.begin(part);
        dog_.begin(part);
    }

    void workers() {
        for (const std::size_t width : {std::size_t{1}, std::size_t{3}, width_}) {
            begin("run(" + std::to_string(width) + ", body)");
            std::vector<std::atomic<unsigned>> calls(width);
            std::atomic<std::size_t> strangers = 0, at_work = 0;
            executor_.run(width, [&](std::size_t worker) noexcept {
                ++at_work;
                if (worker < width) {
                    ++calls[worker];
                } else {
                    ++strangers;
                }
                --at_work;
            });
            found_.expect(at_work == 0, "returned while bodies were running");
            found_.expect(strangers == 0, "called the body with a worker that is not below the width");
            found_.expect(std::all_of(calls.begin(), calls.end(), [](const auto& count) { return count == 1; }),
                          "did not call the body once for each worker");
        }
    }

    // Collective.
    void supplies(std::size_t granules) {
        begin("a supply of " + std::to_string(granules) + " places");
        auto supply = executor_.supply(ranks_, width_, granules);
        std::mutex mutex;
        std::string mine;
        std::atomic<bool> too_many = false;
        executor_.run(width_, [&](std::size_t worker) noexcept {
            const std::size_t most = 1 + worker * 3;
            for (;;) {
                const index_range places = supply.take(most);
                if (places.empty()) {
                    if (supply.exhausted()) {
                        return;
                    }
                    std::this_thread::yield();
                    continue;
                }
                too_many = too_many || places.size() > most;
                const std::scoped_lock lock(mutex);
                distproc::save_bytes(mine, places);
            }
        });
        supply.finish([] {});
        found_.expect(!too_many, "take(most) gave more than `most` places");
        std::vector<unsigned> given(granules);
        bool outside = false;
        for (const std::string& bytes : ranks_.all_gather(mine)) {
            for (std::string_view rest = bytes; !rest.empty();) {
                const auto places = distproc::load_bytes<index_range>(rest);
                for (std::size_t place = places.first; place < places.last; ++place) {
                    outside = outside || place >= granules;
                    if (place < granules) {
                        ++given[place];
                    }
                }
            }
        }
        found_.expect(!outside, "gave places that do not exist");
        found_.expect(std::all_of(given.begin(), given.end(), [](unsigned times) { return times == 1; }),
                      "did not give each place exactly once");
    }

    // Collective: what the last rank asks for is seen by all.
    void stop_flag() {
        begin("run_flags of a supply");
        auto supply = executor_.supply(ranks_, width_, ranks_.size() * 100);
        found_.expect(supply.flags().cause() == stop_cause::none, "the flags of a new supply are set already");
        ranks_.meet([] {});
        if (ranks_.rank() + 1 == ranks_.size()) {
            supply.flags().request(stop_cause::requested);
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!supply.flags().stopping() && std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
        }
        found_.expect(supply.flags().stopping(), "a stop that one rank asked for did not reach this one in 10 s");
        supply.finish([] {});
    }

    template <bool Concurrent>
    void play(const std::string& part, const script& plot) {
        begin(part + (Concurrent ? ", concurrent session" : ", session for one thread"));
        attempt<Concurrent, Executor>(executor_, plot, found_);
    }

    template <bool Concurrent>
    void runs() {
        const script box{.axes = {7, 13}, .granule = {2, 3}};
        const script line{.axes = {1000}};
        play<Concurrent>("no item", {.axes = {0}});
        play<Concurrent>("no item on one of two axes", {.axes = {5, 0}});
        play<Concurrent>("one item", {.axes = {1}});
        play<Concurrent>("one item less than ranks", {.axes = {std::max<std::size_t>(2, ranks_.size()) - 1}});
        play<Concurrent>("granules of 2 x 3 in 7 x 13 items", box);
        play<Concurrent>("1000 items", line);
        play<Concurrent>("a granule that is larger than all items", {.axes = {9}, .granule = {64}});
        for (const int rounding : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
            auto plot = line;
            plot.rounding = rounding;
            play<Concurrent>("a rounding mode of the caller", plot);
        }
        for (const auto& done : {index_set(1), index_set(14), index_set(15)}) {
            auto plot = box;
            plot.done = done;
            plot.done.insert({4, 6});
            play<Concurrent>("a run that goes on with one that was stopped", plot);
        }
        auto plot = line;
        plot.slow_source = true;
        play<Concurrent>("a source that lets workers wait", plot);
        if constexpr (!Concurrent) {
            plot.slow_source = false;
            plot.slow_writer = true;
            play<Concurrent>("a writer that lets its caller wait", plot);
            plot.full_writer = true;
            play<Concurrent>("a writer that never has room, until a stop is asked for", plot);
        }
        for (const std::size_t item : {std::size_t{0}, std::size_t{500}, std::size_t{999}}) {
            plot = line;
            plot.stop_at = item;
            play<Concurrent>("a stop asked for at item " + std::to_string(item), plot);
        }
        for (const auto& [stops, where] : {std::pair{step::open_source, "open of the source"},
                                           {step::open_writer, "open of the writer"},
                                           {step::write, "write"},
                                           {step::finish, "finish"},
                                           {step::close, "close"}}) {
            plot = line;
            plot.stops_in = stops;
            play<Concurrent>(std::string("a stop asked for in ") + where, plot);
        }
        plot = box;
        plot.fails = step::compute;
        plot.skips = true;
        play<Concurrent>("every item fails and is skipped", plot);
        plot.rank = 0;
        play<Concurrent>("items that rank 0 computes fail and are skipped", plot);
        plot.rank = any_rank;
        for (const std::size_t item : {std::size_t{0}, std::size_t{45}, std::size_t{90}}) {
            plot.item = item;
            play<Concurrent>("item " + std::to_string(item) + " fails and is skipped", plot);
        }
        failures<Concurrent>(box);
        failures<Concurrent>(line);
        play<Concurrent>("a run after all failures", line);
    }

    template <bool Concurrent>
    void failures(const script& base) {
        constexpr std::pair<step, const char*> steps[] = {{step::open_source, "open of the source"},
                                                          {step::read, "read"},
                                                          {step::at, "at"},
                                                          {step::compute, "the compute"},
                                                          {step::open_writer, "open of the writer"},
                                                          {step::write, "write"},
                                                          {step::finish, "finish"},
                                                          {step::close, "close"}};
        const std::string of = " of " + to_string(base.axes) + " items";
        for (const auto& [fails, who] : steps) {
            auto plot = base;
            plot.fails = fails;
            play<Concurrent>(std::string(who) + " throws on every rank" + of, plot);
            plot.foreign = true;
            plot.rank = ranks_.size() - 1;
            play<Concurrent>(std::string(who) + " throws an int on the last rank" + of, plot);
            plot.foreign = false;
            plot.rank = 0;
            play<Concurrent>(std::string(who) + " throws on rank 0" + of, plot);
            if (fails == step::read || fails == step::at || fails == step::compute || fails == step::write) {
                plot.rank = any_rank;
                const std::size_t last = volume(base.axes) - 1;
                for (const std::size_t item : {std::size_t{0}, last / 2, last}) {
                    plot.item = item;
                    play<Concurrent>(std::string(who) + " throws at item " + std::to_string(item) + of, plot);
                }
            }
        }
    }

    Executor executor_;
    decltype(std::declval<const Executor&>().make_team()) ranks_;
    watchdog dog_;
    findings found_;
    std::size_t width_ = 1;
};

/// Collective over the executor's ranks. Whether an executor keeps its contract (executor/concepts.hpp): it hands out
/// each place once, respects its width, ends, and brings the same results as a plain loop and the same error to all
/// ranks, while sources, computes and writers fail, stop and starve in turn. Some seconds; more on many ranks.
///
/// Returns what is wrong, in sentences, equal on all ranks; empty: it conforms. A hang ends the process after
/// `check_options::limit` with a line on standard error.
///
///     for (const std::string& wrong : distproc::conformance::check_executor(my_executor{})) { std::cerr << wrong; }
template <class Executor>
[[nodiscard]] std::vector<std::string> check_executor(const Executor& subject, const check_options& how = {}) {
    static_assert(executor<Executor>, "check_executor: the argument is no executor; see executor/concepts.hpp for the "
                                      "members that one has");
    if constexpr (executor<Executor>) {
        return executor_check<Executor>(subject, how).all();
    } else {
        return {};
    }
}

} // namespace distproc::conformance
