// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/environment_variable.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/executor/concepts.hpp>
#include <distproc/executor/solo_environment.hpp>
#include <distproc/observe/report.hpp>

#include <concepts>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace distproc {

/// What `run` hands to the user's function.
class job {
public:
    job(std::size_t rank, std::size_t size) : rank_(rank), size_(size) {}

    [[nodiscard]] std::size_t rank() const noexcept { return rank_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Standard output on rank 0, nothing on all others: what is written here is printed once.
    [[nodiscard]] std::ostream& out() noexcept { return rank_ == 0 ? std::cout : nowhere_; }

private:
    std::size_t rank_;
    std::size_t size_;
    std::ostream nowhere_{nullptr};
};

namespace detail {

/// What the function given to `run` may return.
template <class Returned>
concept run_outcome =
    std::is_void_v<Returned> || std::convertible_to<Returned, int> || requires(Returned r) {
                                                                          { r.exit_code() } -> std::convertible_to<int>;
                                                                      };

template <class F>
concept returns_run_outcome = run_outcome<std::invoke_result_t<F&, job&>>;

template <class F>
int exit_code_of(F& f, job& running) {
    using returned = std::invoke_result_t<F&, job&>;
    if constexpr (std::is_void_v<returned>) {
        f(running);
        return 0;
    } else if constexpr (std::convertible_to<returned, int>) {
        return f(running);
    } else {
        return f(running).exit_code();
    }
}

template <class Environment>
int run_in(Environment& environment, auto& f, const std::string& refusal) {
    int code = 1;
    std::string message = refusal;
    if (refusal.empty()) {
        try {
            job running(environment.rank(), environment.size());
            code = exit_code_of(f, running);
            running.out().flush();
        } catch (...) {
            message = current_exception_text();
        }
    }
    const exit_state all = environment.agree(code, message);
    if (all.alone) {
        std::fprintf(stderr, "distproc: rank %zu: %s\n", environment.rank(), message.c_str());
        environment.abort(1);
    }
    if (!all.message.empty() && environment.rank() == 0) {
        std::fprintf(stderr, "distproc: %s\n", all.message.c_str());
    }
    return all.code;
}

} // namespace detail

/// The body of `main`: starts what the executor needs (MPI, unless the host program has), calls `f(job&)` on every
/// rank, and ends it again. `f` returns a report, an exit code, or nothing.
///
/// Returns the exit code, the same on all ranks: 0 done, 1 error, 75 stopped before the end. An
/// exception that leaves `f` is printed once for the whole job. Where it left `f` on some ranks only, while others
/// still work or wait, these few say what happened and the whole job is ended after two seconds: nothing hangs.
///
/// `run<serial_executor>` and `run<tbb_executor>` refuse to be started by mpirun or srun with several tasks, since each
/// would do all the work.
template <class Executor, class F>
[[nodiscard]] int run(int argc, char** argv, F&& f) {
    static_assert(executor<Executor> || executor_choice<Executor>,
                  "run: the template argument is no executor; name serial_executor, tbb_executor, mpi_executor<>, "
                  "hybrid_executor, any_executor<...> or your own (see executor/concepts.hpp)");
    static_assert(std::invocable<F&, job&>, "run: the function cannot be called with a distproc::job&; write "
                                            "[](auto& job) { ... return report; }, and see the errors above if it is");
    static_assert(!std::invocable<F&, job&> || detail::returns_run_outcome<F>,
                  "run: the function returns neither a report, nor an exit code, nor nothing; write "
                  "[](auto& job) { ... return report; }");
    if constexpr ((executor<Executor> || executor_choice<Executor>)&&detail::returns_run_outcome<F>) {
        using environment = typename Executor::environment;
        std::optional<environment> here;
        try {
            here.emplace(argc, argv);
        } catch (...) {
            std::fprintf(stderr, "distproc: %s\n", current_exception_text().c_str());
            return 1;
        }
        std::string refusal;
        if constexpr (std::same_as<environment, solo_environment>) {
            if (launched_ranks() > 1) {
                refusal =
                    std::to_string(launched_ranks()) +
                    " processes were started, but this program's executor uses one, and each would do all the work; "
                    "start it without mpirun, or build it with mpi_executor or hybrid_executor";
                if (launched_rank() != 0) {
                    return 1;
                }
            }
        }
        return detail::run_in(*here, f, refusal);
    }
}

} // namespace distproc
