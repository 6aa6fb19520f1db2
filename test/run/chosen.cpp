// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A program whose executor is chosen at run time, for run_test.py: chosen SCENARIO [EXECUTOR]

#include <distproc/distproc.hpp>
#include <distproc/hybrid.hpp>
#include <distproc/mpi.hpp>
#include <distproc/tbb.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using executor = distproc::any_executor<distproc::serial_executor, distproc::tbb_executor, distproc::mpi_executor<>,
                                        distproc::hybrid_executor>;

namespace {

double square(double x) { return x * x; }

double fails_at_7(double x) {
    if (x == 7) {
        throw std::runtime_error("seven is not allowed");
    }
    return x;
}

int deeper(int depth) {
    volatile char room[4096] = {};
    room[depth % 4096] = 1;
    return depth == 0 ? room[17] : deeper(depth + 1) + room[0];
}

/// Ends this process in one of the ways that no exception tells of; or stops it for a while.
void die(const std::string& how) {
    if (how == "killed") {
        ::kill(::getpid(), SIGKILL);
    } else if (how == "exits") {
        std::exit(3);
    } else if (how == "aborts") {
        std::abort();
    } else if (how == "divides by zero") {
        ::raise(SIGFPE); // as the processor's trap does
    } else if (how == "overflows its stack") {
        (void)deeper(1);
    } else if (const std::string words = "is stopped for "; how.starts_with(words)) {
        static std::atomic<bool> once{false};
        if (!once.exchange(true)) {
            const auto seconds = static_cast<unsigned>(std::stoul(how.substr(words.size())));
            const pid_t parent = ::getpid();
            if (::fork() == 0) {
                ::sleep(seconds);
                ::kill(parent, SIGCONT);
                ::_exit(0);
            }
            ::kill(parent, SIGSTOP);
        }
    }
}

/// A source that cannot be opened on any rank.
struct missing {
    using opened = decltype(distproc::range_source(std::declval<const std::vector<double>&>()).open());
    [[nodiscard]] static opened open() { throw std::runtime_error("there is no item here"); }
};

} // namespace

int main(int argc, char** argv) {
    return distproc::run<executor>(argc, argv, [&](auto& job) -> int {
        const std::string scenario = argc > 1 ? argv[1] : "squares";
        const executor chosen = argc > 2 ? executor{argv[2]} : executor{};
        std::vector<double> numbers(100);
        std::iota(numbers.begin(), numbers.end(), 0.0);
        std::vector<double> results;
        const distproc::options quiet{.show = distproc::progress::off};
        if (scenario == "squares" || scenario == "gathered squares") {
            const auto report =
                scenario == "squares"
                    ? execute(numbers, square, chosen, distproc::memory_writer{results}, quiet)
                    : execute(numbers, square, chosen, distproc::node_gather{distproc::memory_writer{results}}, quiet);
            job.out() << "sum " << std::accumulate(results.begin(), results.end(), 0.0) << " by " << report.executor
                      << " on " << report.ranks << " ranks\n"
                      << report << to_json(report) << '\n';
            return report.exit_code();
        }
        if (scenario == "fails") {
            return execute(numbers, fails_at_7, chosen, distproc::memory_writer{results}, quiet).exit_code();
        }
        if (scenario == "no file") {
            return execute(missing{}, square, chosen, distproc::memory_writer{results}, quiet).exit_code();
        }
        if (scenario == "throws everywhere") {
            throw std::runtime_error("no such option --color");
        }
        if (scenario == "throws on rank 1") {
            if (job.rank() == 1) {
                throw std::runtime_error("rank 1 cannot find its licence");
            }
            return execute(numbers, square, chosen, distproc::memory_writer{results}, quiet).exit_code();
        }
        if (scenario == "stopped") {
            std::stop_source stop;
            stop.request_stop();
            distproc::options how = quiet;
            how.stop = stop.get_token();
            return execute(numbers, square, chosen, distproc::memory_writer{results}, how).exit_code();
        }
        if (scenario == "gathered arrays") { // more than a small /dev/shm holds
            const auto rows = distproc::arrays({8192}, [](const double& x, std::span<double> row) { row[0] = x; });
            const auto report = execute(std::vector<double>(4000, 1.0), rows, chosen,
                                        distproc::node_gather{distproc::null_writer{}}, quiet);
            job.out() << report.items << " items\n";
            return report.exit_code();
        }
        if (scenario == "bad workspace") {
            struct unknown {
                std::size_t rank;
                [[nodiscard]] std::size_t workspace_bytes() const {
                    return rank == 1 ? throw std::runtime_error("the size of the model is unknown") : std::size_t{8};
                }
                double operator()(double x) const { return x; }
            };
            return execute(numbers, unknown{job.rank()}, chosen, distproc::memory_writer{results}, quiet).exit_code();
        }
        if (scenario == "squares twice") {
            (void)execute(numbers, square, chosen, distproc::memory_writer{results}, quiet);
            return execute(numbers, square, chosen, distproc::memory_writer{results}, quiet).exit_code();
        }
        // A million items of 2 ms, until `stop` ends the run, and says why.
        const auto begin = std::chrono::steady_clock::now();
        const auto run_until = [&](const distproc::stop_trigger& stop, const auto& before_each) {
            distproc::options how = quiet;
            how.stop = stop.token();
            how.block_seconds = 0.001;
            const auto slow = [&](double x) {
                before_each();
                std::this_thread::sleep_for(std::chrono::milliseconds(2)); // the item's own time
                return x;
            };
            const auto report =
                execute(std::vector<double>(1'000'000, 1.0), slow, chosen, distproc::memory_writer{results}, how);
            if (!stop.reason().empty()) {
                std::printf("%s\n", stop.reason().c_str());
            }
            const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
            job.out() << report.items << " items in " << seconds.count() << " seconds\n";
            return report.exit_code();
        };
        if (scenario == "for a second") {
            const distproc::stop_trigger stop({.after = std::chrono::seconds{1}});
            return run_until(stop, [] {});
        }
        if (scenario == "before the walltime") {
            const distproc::stop_trigger stop({.before_walltime = std::chrono::seconds{50}});
            return run_until(stop, [] {});
        }
        if (scenario == "until a signal" || scenario == "until it signals") {
            // Started by a script that sends the signal once an item is at work; or one rank sends it to itself.
            const bool itself = scenario == "until it signals";
            const distproc::stop_trigger stop({.signals = {SIGTERM, SIGUSR1}});
            std::atomic<int> items{0};
            return run_until(stop, [&] {
                const int nth = ++items;
                if (nth == 3 && !itself) {
                    std::printf("at work\n");
                    std::fflush(stdout);
                }
                if (nth == 3 && itself && job.rank() == job.size() - 1) {
                    ::kill(::getpid(), SIGUSR1);
                }
            });
        }
        if (scenario == "dies") { // dies EXECUTOR HOW RANK
            const std::string how_it_dies = argv[3];
            const bool victim = job.rank() == std::stoul(argv[4]);
            const auto fatal = [&](double x, distproc::context& here) {
                if (victim && here.item() >= 17) {
                    std::printf("dying at item %zu\n", here.item());
                    std::fflush(stdout);
                    die(how_it_dies);
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(2)); // the item's own time
                return x;
            };
            distproc::options how = quiet;
            how.block_seconds = 0.001;
            return execute(std::vector<double>(3000, 1.0), fatal, chosen, distproc::memory_writer{results}, how)
                .exit_code();
        }
        if (scenario == "takes memory" || scenario == "never ends") {
            distproc::options how = quiet;
            how.item_timeout = scenario == "never ends" ? 0.5 : 0;
            const auto greedy = [&](double x, distproc::context& here) {
                if (here.item() == 17) {
                    std::vector<std::vector<char>> taken;
                    while (true) {
                        if (scenario == "takes memory") {
                            taken.emplace_back(std::size_t{8} << 20U, 'x');
                        }
                        std::this_thread::sleep_for(std::chrono::milliseconds(1)); // the item's own time
                    }
                }
                return x;
            };
            return execute(numbers, greedy, chosen, distproc::memory_writer{results}, how).exit_code();
        }
        throw std::runtime_error("unknown scenario " + scenario);
    });
}
