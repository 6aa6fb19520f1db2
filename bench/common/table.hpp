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

/// `[--pairs N] [--items N] [--only TEXT] [--json FILE]`
struct arguments {
    std::size_t pairs = 31;
    std::size_t items = 0; ///< 0: the benchmark's own number
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
            } else if (name == "--only") {
                only = value;
            } else if (name == "--json") {
                json = value;
            } else {
                throw std::invalid_argument("no argument is called " + std::string(name) +
                                            ": there are --pairs, --items, --only and --json");
            }
        }
    }
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

    [[nodiscard]] std::string name() const { return problem + ": " + ours; }
};

class table {
public:
    /// `prints`: on one rank of several.
    table(arguments given, bool prints) : given_(std::move(given)), prints_(prints) {}

    /// Compares and prints, unless `--only` leaves it out.
    template <class Hand, class Ours, class Seconds>
    void add(const contest& what, Hand&& hand, Ours&& ours, Seconds&& seconds) {
        if (what.name().find(given_.only) == std::string::npos) {
            return;
        }
        const comparison c = compare(given_.pairs, hand, ours, seconds);
        if (prints_) {
            print(what, c);
            if (!given_.json.empty()) {
                append_json(what, c);
            }
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

    static void print(const contest& what, const comparison& c) {
        const interval r = c.ratio();
        const interval s = c.self_ratio();
        std::printf("%-7s %-31s %-16s %9.4f %9.4f  %.3f [%.3f, %.3f]    %.3f [%.3f, %.3f]    %5.2f  %s\n",
                    what.problem.c_str(), what.ours.c_str(), what.hand.c_str(), median_seconds(c, false),
                    median_seconds(c, true), r.median, r.low, r.high, s.median, s.low, s.high, what.goal,
                    c.verdict(what.goal));
        std::fflush(stdout);
    }

    void append_json(const contest& what, const comparison& c) const {
        std::FILE* file = std::fopen(given_.json.c_str(), "a");
        if (file == nullptr) {
            throw std::runtime_error("cannot write " + given_.json);
        }
        const auto put = [&](const char* key, const interval& i) {
            std::fprintf(file, ", \"%s\": {\"median\": %.6f, \"low\": %.6f, \"high\": %.6f}", key, i.median, i.low,
                         i.high);
        };
        const auto put_runs = [&](const char* key, const std::vector<std::pair<double, double>>& runs) {
            std::fprintf(file, ", \"%s\": [", key);
            for (std::size_t k = 0; k < runs.size(); ++k) {
                std::fprintf(file, "%s[%.6f, %.6f]", k == 0 ? "" : ", ", runs[k].first, runs[k].second);
            }
            std::fprintf(file, "]");
        };
        std::fprintf(
            file, "{\"problem\": \"%s\", \"distproc\": \"%s\", \"by_hand\": \"%s\", \"goal\": %g, \"verdict\": \"%s\"",
            what.problem.c_str(), what.ours.c_str(), what.hand.c_str(), what.goal, c.verdict(what.goal));
        put("ratio", c.ratio());
        put("hand_against_itself", c.self_ratio());
        put_runs("seconds_hand_and_distproc", c.runs);
        put_runs("seconds_hand_and_hand", c.self);
        std::fprintf(file, "}\n");
        std::fclose(file);
    }

    arguments given_;
    bool prints_;
};

} // namespace bench
