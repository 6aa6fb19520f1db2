// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// A run that loses a rank, for deaths.py: soak_deaths_mpi RANK SEED. That rank says at which item it is, and kills
// itself. With a third argument it is stopped for so many seconds instead, as in a debugger, and the run goes on: the
// exit code is 0 where nobody took it for dead and all results are right.

#include <distproc/distproc.hpp>
#include <distproc/mpi.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

int main(int argc, char** argv) {
    return distproc::run<distproc::mpi_executor<>>(argc, argv, [&](auto& job) {
        const bool victim = argc > 1 && job.rank() == std::stoul(argv[1]);
        const unsigned pause = argc > 3 ? static_cast<unsigned>(std::stoul(argv[3])) : 0;
        bool paused = false;
        const std::size_t items = pause == 0 ? 100'000 : 3'000;
        std::vector<double> results;
        const auto compute = [&](double x, distproc::context& here) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            if (victim && here.random().uniform() < 0.02) {
                std::printf("dying at item %zu\n", here.item());
                std::fflush(stdout);
                if (pause == 0) {
                    ::kill(::getpid(), SIGKILL);
                } else if (!std::exchange(paused, true)) {
                    const pid_t parent = ::getpid();
                    if (::fork() == 0) {
                        ::sleep(pause);
                        ::kill(parent, SIGCONT);
                        ::_exit(0);
                    }
                    ::kill(parent, SIGSTOP);
                }
            }
            return x + static_cast<double>(here.item());
        };
        distproc::options how{.show = distproc::progress::off};
        how.seed = argc > 2 ? std::stoul(argv[2]) : 0;
        const auto report = execute(std::vector<double>(items, 1.0), compute, distproc::mpi_executor<>{},
                                    distproc::memory_writer{results}, how);
        bool right = pause == 0 || report.seconds >= pause;
        for (std::size_t item = 0; job.rank() == 0 && item < items; ++item) {
            right = right && results[item] == static_cast<double>(item + 1);
        }
        job.out() << "a rank that was stopped for " << pause << " s: the run went on, " << report.items
                  << " results, all right: " << (right ? "yes" : "NO") << '\n';
        return right ? 0 : 1;
    });
}
