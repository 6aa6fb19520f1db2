// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Arguments of a benchmark, and its output: a row of the table for each comparison, and the raw figures as JSON.
#pragma once

#include "pairs.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

/// `[--pairs N] [--items N] [--bytes N] [--folder PATH] [--only TEXT] [--json FILE]`
struct arguments {
    std::size_t pairs = 0; ///< 0: each row's own number
    std::size_t items = 0; ///< 0: the benchmark's own number
    std::size_t bytes = 0; ///< that are written or read; 0: the benchmark's own number
    std::string folder;    ///< for files
    std::string only;      ///< comparisons whose name contains it
    std::string json;      ///< gets one line for each comparison

    arguments(int argc, char** argv) {
        for (int k = 1; k < argc; k += 2) {
            const std::string_view name = argv[k];
            const std::string value = k + 1 < argc ? argv[k + 1] : "";
            if (value.empty()) {
                throw std::invalid_argument(std::string(name) + " needs a value");
            }
            if (name == "--pairs") {
                pairs = std::stoul(value);
            } else if (name == "--items") {
                items = std::stoul(value);
            } else if (name == "--bytes") {
                bytes = std::stoul(value);
            } else if (name == "--folder") {
                folder = value;
            } else if (name == "--only") {
                only = value;
            } else if (name == "--json") {
                json = value;
            } else {
                throw std::invalid_argument("no argument is called " + std::string(name) +
                                            ": there are --pairs, --items, --bytes, --folder, --only and --json");
            }
        }
    }

    [[nodiscard]] std::size_t items_or(std::size_t own) const noexcept { return items != 0 ? items : own; }
    [[nodiscard]] std::size_t bytes_or(std::size_t own) const noexcept { return bytes != 0 ? bytes : own; }
};

template <class F>
[[nodiscard]] double wall_seconds(F&& f) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// What is compared with what.
struct contest {
    std::string problem; ///< "axpy"
    std::string hand;    ///< "raw oneTBB"
    std::string ours;    ///< "tbb, cell form, aligned"
    double goal = 1;     ///< for ours / hand
    std::size_t pairs = 31;

    [[nodiscard]] std::string name() const { return problem + ": " + ours; }
};

/// 1.2345 s, or in microseconds where that is less than a millisecond.
[[nodiscard]] inline std::string seconds_text(double seconds) {
    char text[32];
    const bool tiny = seconds < 1e-3;
    std::snprintf(text, sizeof text, tiny ? "%.3g us" : "%.4f", tiny ? seconds * 1e6 : seconds);
    return text;
}

class table {
public:
    using pairs_of_seconds = std::vector<std::pair<double, double>>;

    /// `prints`: on one rank of several.
    table(arguments given, bool prints) : given_(std::move(given)), prints_(prints) {}

    [[nodiscard]] bool wants(const contest& what) const { return what.name().find(given_.only) != std::string::npos; }
    [[nodiscard]] std::size_t pairs(const contest& what) const { return given_.pairs != 0 ? given_.pairs : what.pairs; }

    /// Compares and prints, unless `--only` leaves it out. `self`: the hand-written code against itself where that is
    /// known from another row with the same hand; it gets it where it is empty.
    template <class Hand, class Ours, class Seconds>
    void add(const contest& what, Hand&& hand, Ours&& ours, Seconds&& seconds, pairs_of_seconds* self = nullptr) {
        if (!wants(what)) {
            return;
        }
        const bool known = self != nullptr && !self->empty();
        comparison c = compare(pairs(what), hand, ours, seconds, !known);
        if (known) {
            c.self = *self;
        } else if (self != nullptr) {
            *self = c.self;
        }
        put(what, c);
    }

    /// The same against a number of seconds that is computed.
    template <class Ours, class Seconds>
    void add_bound(const contest& what, double bound, Ours&& ours, Seconds&& seconds) {
        if (wants(what)) {
            put(what, compare_with_bound(pairs(what), bound, ours, seconds));
        }
    }

    /// What one call costs, beside a call of nothing. There is no goal. `seconds(f)` is asked for both, many times.
    template <class Ours, class Seconds>
    void add_cost(const contest& what, Ours&& ours, Seconds&& seconds) {
        if (!wants(what)) {
            return;
        }
        const auto nothing = [] {};
        const comparison c = compare(pairs(what), nothing, ours, seconds, false);
        std::vector<double> costs;
        for (const auto& [empty, our] : c.runs) {
            costs.push_back(our);
        }
        if (!prints_) {
            return;
        }
        const interval i = median_interval(costs);
        std::printf("%-8s %-34s %-23s %5zu %9s %9s  %.1f [%.1f, %.1f] us\n", what.problem.c_str(), what.ours.c_str(),
                    what.hand.c_str(), c.runs.size(), seconds_text(median_seconds(c, false)).c_str(),
                    seconds_text(i.median).c_str(), i.median * 1e6, i.low * 1e6, i.high * 1e6);
        std::fflush(stdout);
        json_line(what, [&](std::FILE* file) {
            std::fprintf(file, ", \"microseconds\": {\"median\": %.3f, \"low\": %.3f, \"high\": %.3f}", i.median * 1e6,
                         i.low * 1e6, i.high * 1e6);
        });
    }

    /// A line of text below the row before.
    void note(const std::string& text) const {
        if (prints_) {
            std::printf("         %s\n", text.c_str());
            std::fflush(stdout);
        }
    }

private:
    static double median_seconds(const comparison& c, bool ours) {
        std::vector<double> seconds;
        for (const auto& [hand, our] : c.runs) {
            seconds.push_back(ours ? our : hand);
        }
        return median_of(seconds);
    }

    void put(const contest& what, const comparison& c) const {
        if (!prints_) {
            return;
        }
        const interval r = c.ratio();
        const interval s = c.self_ratio();
        std::printf("%-8s %-34s %-23s %5zu %9s %9s  %.3f [%.3f, %.3f]    %.3f [%.3f, %.3f]    %5.3f  %s\n",
                    what.problem.c_str(), what.ours.c_str(), what.hand.c_str(), c.runs.size(),
                    seconds_text(median_seconds(c, false)).c_str(), seconds_text(median_seconds(c, true)).c_str(),
                    r.median, r.low, r.high, s.median, s.low, s.high, what.goal, c.verdict(what.goal));
        std::fflush(stdout);
        json_line(what, [&](std::FILE* file) {
            std::fprintf(file, ", \"goal\": %g, \"verdict\": \"%s\"", what.goal, c.verdict(what.goal));
            put_interval(file, "ratio", r);
            put_interval(file, "hand_against_itself", s);
            put_runs(file, "seconds_hand_and_distproc", c.runs);
            put_runs(file, "seconds_hand_and_hand", c.self);
        });
    }

    static void put_interval(std::FILE* file, const char* key, const interval& i) {
        std::fprintf(file, ", \"%s\": {\"median\": %.6f, \"low\": %.6f, \"high\": %.6f}", key, i.median, i.low, i.high);
    }
    static void put_runs(std::FILE* file, const char* key, const pairs_of_seconds& runs) {
        std::fprintf(file, ", \"%s\": [", key);
        for (std::size_t k = 0; k < runs.size(); ++k) {
            std::fprintf(file, "%s[%.6f, %.6f]", k == 0 ? "" : ", ", runs[k].first, runs[k].second);
        }
        std::fprintf(file, "]");
    }

    template <class More>
    void json_line(const contest& what, More&& more) const {
        if (given_.json.empty()) {
            return;
        }
        std::FILE* file = std::fopen(given_.json.c_str(), "a");
        if (file == nullptr) {
            throw std::runtime_error("cannot write " + given_.json);
        }
        std::fprintf(file, "{\"problem\": \"%s\", \"distproc\": \"%s\", \"by_hand\": \"%s\"", what.problem.c_str(),
                     what.ours.c_str(), what.hand.c_str());
        more(file);
        std::fprintf(file, "}\n");
        std::fclose(file);
    }

    arguments given_;
    bool prints_;
};

} // namespace bench
