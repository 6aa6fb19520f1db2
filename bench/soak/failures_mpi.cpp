// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Runs that fail or are stopped, many times: mpirun -n 4 soak_failures_mpi [TRIES] [SEED]. Items take a millisecond.
// Prints how long the longest run took from its begin to the exception on the last rank, and how long one went on after
// it was asked to stop.

#include <distproc/conformance/attempt.hpp>
#include <distproc/executor/hybrid.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/run.hpp>
#include <distproc/source/range.hpp>
#include <distproc/writer/memory.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point begin) {
    return std::chrono::duration<double>(clock_type::now() - begin).count();
}

/// The largest of all ranks.
double largest(const distproc::mpi_team& ranks, double mine) {
    double all = 0;
    for (const std::string& one : ranks.all_gather(std::to_string(mine))) {
        all = std::max(all, std::stod(one));
    }
    return all;
}

} // namespace

int main(int argc, char** argv) {
    return distproc::run<distproc::mpi_executor<>>(argc, argv, [&](auto& job) {
        using namespace distproc::conformance;
        const distproc::mpi_executor<> on;
        const auto ranks = on.make_team();
        const std::size_t tries = argc > 1 ? std::stoul(argv[1]) : 500;
        const std::string seed = ranks.broadcast(argc > 2 ? argv[2] : std::to_string(std::random_device{}()), 0);
        std::mt19937 random(static_cast<unsigned>(std::stoul(seed)));
        const step steps[] = {step::open_source, step::read,  step::at,     step::compute,
                              step::open_writer, step::write, step::finish, step::close};
        findings found;
        std::vector<double> taken;
        for (std::size_t t = 0; t < tries; ++t) {
            script plot{.axes = {200}, .fails = steps[random() % std::size(steps)]};
            plot.rank = random() % ranks.size();
            plot.foreign = random() % 2 == 0;
            plot.item_seconds = 1e-3;
            found.begin("try " + std::to_string(t) + ", step " + std::to_string(static_cast<int>(plot.fails)) +
                        " on rank " + std::to_string(plot.rank));
            const auto begin = clock_type::now();
            if (t % 2 == 0) {
                attempt<false, distproc::mpi_executor<>>(on, plot, found);
            } else {
                attempt<true, distproc::mpi_executor<>>(on, plot, found);
            }
            taken.push_back(largest(ranks, seconds_since(begin)));
        }
        const std::vector<std::string> wrong = found.of_all(ranks);
        for (const std::string& sentence : wrong) {
            std::fprintf(stderr, "%s\n", sentence.c_str());
        }
        std::sort(taken.begin(), taken.end());
        char line[256];
        std::snprintf(line, sizeof line,
                      "%zu exceptions at random stages and ranks (seed %s), %zu ranks: 0 hangs, %zu wrong; a run took "
                      "%.3f s in the median, %.3f s at most\n",
                      tries, seed.c_str(), ranks.size(), wrong.size(), taken[taken.size() / 2], taken.back());
        job.out() << line;

        std::vector<double> after;
        for (std::size_t t = 0; t < tries / 5; ++t) {
            std::stop_source stop;
            distproc::options how{.show = distproc::progress::off};
            how.stop = stop.get_token();
            std::vector<double> results;
            std::atomic<int> items{0};
            const int asks_at = static_cast<int>(random() % 50) + 1;
            const bool asks = random() % ranks.size() == ranks.rank();
            auto asked = clock_type::time_point::max();
            const auto compute = [&](std::size_t item) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                if (++items == asks_at && asks) {
                    asked = clock_type::now();
                    stop.request_stop();
                }
                return static_cast<double>(item);
            };
            std::vector<std::size_t> numbers(4000);
            (void)execute(numbers, compute, on, distproc::memory_writer{results}, how);
            after.push_back(largest(ranks, asks ? seconds_since(asked) : 0));
        }
        std::sort(after.begin(), after.end());
        std::snprintf(line, sizeof line,
                      "%zu stops at random moments: a run went on for %.4f s in the median, %.4f s at most\n",
                      after.size(), after[after.size() / 2], after.back());
        job.out() << line;
        return wrong.empty() ? 0 : 1;
    });
}
