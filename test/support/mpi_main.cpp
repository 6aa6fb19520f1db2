// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// doctest on every rank: each rank runs every case. A case that fails on one rank would leave the others in a
// collective call, so it ends the job: the rank prints what failed, then aborts. Ranks other than 0 print only
// failures.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS // the ranks that mpirun ends have nothing to report
#include "support/silent_reporter.hpp"
#include "support/some_case_runs.hpp"

#include <doctest/doctest.h>
#include <mpi.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

namespace {

int rank = 0;
std::ostringstream captured; // the report of a rank other than 0

void flush_report() {
    if (rank == 0) {
        std::cout.flush();
        return;
    }
    std::istringstream lines{captured.str()};
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        text += "[rank " + std::to_string(rank) + "] " + line + "\n";
    }
    std::cerr << text << std::flush;
}

/// Ends the whole job after the first case that failed on this rank.
struct abort_on_failure : test::silent_reporter {
    using silent_reporter::silent_reporter;
    void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
        if (stats.failure_flags != 0) {
            std::cout.flush();
            flush_report();
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
    }
};
// Reporters run in the order of their priority: the console's report comes first.
REGISTER_REPORTER("zz_abort_on_failure", 1000, abort_on_failure);

} // namespace

int main(int argc, char** argv) {
    int provided = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    int size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);

    for (int i = 1; i + 1 < argc; ++i) {
        if (std::string_view{argv[i]} == "--ranks" && std::to_string(size) != argv[i + 1]) {
            std::cerr << "this test was asked to run on " << argv[i + 1] << " ranks and finds itself on " << size
                      << ": is mpirun of the MPI that it is linked with?" << std::endl;
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
    }
    if (provided < MPI_THREAD_MULTIPLE) {
        std::cerr << "this MPI gives no MPI_THREAD_MULTIPLE, which the tests need" << std::endl;
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }

    doctest::Context context(argc, argv);
    context.setOption("no-intro", true);
    context.setOption("no-colors", true);
    context.setOption("reporters", "console,zz_abort_on_failure");
    if (rank != 0) {
        context.setCout(&captured);
    }
    int failed = context.run() != 0 || !test::some_case_runs() ? 1 : 0;
    if (failed != 0) {
        flush_report();
    }
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Finalize();
    return failed;
}
