// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/environment_variable.hpp>
#include <distproc/core/error.hpp>
#include <distproc/executor/concepts.hpp>
#include <distproc/executor/solo_environment.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace distproc {

namespace detail {

/// The environment of the first executor that needs more than one process's; else `solo_environment`.
template <class... Executors>
struct common_environment {
    using type = solo_environment;
};
template <executor First, class... Rest>
struct common_environment<First, Rest...> {
    using type = std::conditional_t<std::same_as<typename First::environment, solo_environment>,
                                    typename common_environment<Rest...>::type, typename First::environment>;
};

} // namespace detail

/// One of several executors, chosen at run time: by value or name in the code, or by the environment variable
/// DISTPROC_EXECUTOR, which outranks the code. The first of the list is the default.
///
/// For programs that let their user choose. Cost: each `execute` is compiled once per executor; nothing at run time.
/// Throws `error` where the name is none of the list (it lists them), and where several ranks were started but the
/// chosen executor knows one process only: each would do all the work.
template <class... Executors>
class any_executor {
    static_assert((executor<Executors> && ...),
                  "any_executor: a template argument is no executor; name serial_executor, tbb_executor, "
                  "mpi_executor<>, hybrid_executor or your own (see executor/concepts.hpp)");
    static_assert(sizeof...(Executors) > 0, "any_executor: name the executors to choose from, the default first");

public:
    using environment = typename detail::common_environment<Executors...>::type;

    any_executor() : any_executor(std::variant<Executors...>()) {}

    explicit any_executor(std::string_view name) : any_executor(named(name, "the program")) {}

    template <class Executor>
        requires(std::same_as<Executor, Executors> || ...)
    any_executor(Executor chosen) : any_executor(std::variant<Executors...>(std::move(chosen))) {}

    /// Name of the chosen executor.
    [[nodiscard]] std::string_view chosen() const {
        return std::visit([](const auto& e) { return std::string_view(std::remove_cvref_t<decltype(e)>::name); },
                          chosen_);
    }

    /// "serial, tbb, mpi": what may be chosen.
    [[nodiscard]] static std::string names() {
        std::string list;
        ((list += (list.empty() ? "" : ", ") + std::string(std::string_view(Executors::name))), ...);
        return list;
    }

    /// Those that know of several ranks.
    [[nodiscard]] static std::string names_for_ranks() {
        std::string list;
        const auto add = [&]<class Executor>(const Executor*) {
            if constexpr (!std::same_as<typename Executor::environment, solo_environment>) {
                list += (list.empty() ? "" : ", ") + std::string(std::string_view(Executor::name));
            }
        };
        (add(static_cast<const Executors*>(nullptr)), ...);
        return list.empty() ? "(this program has none)" : list;
    }

    /// Calls f with the chosen executor.
    template <class F>
    decltype(auto) visit(F&& f) const {
        refuse_copies_of_the_work();
        return std::visit(std::forward<F>(f), chosen_);
    }

private:
    explicit any_executor(std::variant<Executors...> in_code) : chosen_(std::move(in_code)) {
        if (const auto name = environment_variable("DISTPROC_EXECUTOR"); name && *name != chosen()) {
            chosen_ = named(*name, "DISTPROC_EXECUTOR");
        }
    }

    static std::variant<Executors...> named(std::string_view name, std::string_view who) {
        std::variant<Executors...> found;
        const auto try_one = [&]<class Executor>(std::type_identity<Executor>) {
            const bool same = name == std::string_view(Executor::name);
            if (same) {
                found.template emplace<Executor>();
            }
            return same;
        };
        if (!(try_one(std::type_identity<Executors>{}) || ...)) {
            throw error(std::string(who) + " asks for the executor '" + std::string(name) +
                        "'; choose one of: " + names());
        }
        return found;
    }

    void refuse_copies_of_the_work() const {
        const bool alone = std::visit(
            [](const auto& e) {
                return std::same_as<typename std::remove_cvref_t<decltype(e)>::environment, solo_environment>;
            },
            chosen_);
        if (alone && launched_ranks() > 1) {
            throw error(
                "the executor '" + std::string(chosen()) + "' uses one process, but " +
                std::to_string(launched_ranks()) +
                " were started, and each would do all the work; start one, or choose an executor for several ranks "
                "from: " +
                names_for_ranks());
        }
    }

    std::variant<Executors...> chosen_;
};

} // namespace distproc
