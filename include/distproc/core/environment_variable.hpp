// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace distproc {

/// The value of an environment variable; nothing where it is not set or empty.
[[nodiscard]] inline std::optional<std::string> environment_variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

namespace detail {

/// Whether a variable says "off", for what is on without it.
[[nodiscard]] inline bool switched_off(const char* name) { return environment_variable(name) == "off"; }

/// Whether a variable is set, to anything but "0", for what is off without it.
[[nodiscard]] inline bool switched_on(const char* name) { return environment_variable(name).value_or("0") != "0"; }

/// The whole of `text` as a decimal number from 0, or nothing.
inline std::optional<std::size_t> whole_number(std::string_view text) noexcept {
    std::size_t number = 0;
    const char* end = text.data() + text.size();
    const auto [at, problem] = std::from_chars(text.data(), end, number);
    return problem == std::errc{} && at == end ? std::optional<std::size_t>(number) : std::nullopt;
}

/// A number set by a launcher or a batch system; nothing where it is not set or no number.
inline std::optional<std::size_t> number_from_launcher(const char* name) {
    const auto text = environment_variable(name);
    return text ? whole_number(*text) : std::nullopt;
}

} // namespace detail

/// A variable that holds a whole number from 0; nothing where it is not set or empty. Throws `error` where it holds
/// anything else. `what`: what the number stands for, for the message.
[[nodiscard]] inline std::optional<std::size_t> environment_number(const char* name, const char* what = "a number") {
    const auto text = environment_variable(name);
    if (!text) {
        return std::nullopt;
    }
    const auto number = detail::whole_number(*text);
    if (!number) {
        throw error(std::string(name) + "='" + *text + "' is not " + what + "; give a whole number from 0");
    }
    return number;
}

/// This process among those that a launcher started together.
struct launch {
    std::size_t rank = 0;
    std::size_t ranks = 1;
};

/// What the launcher (mpirun, mpiexec, srun) says in the environment; one process where none says anything. Tells
/// before, or without, MPI_Init how many ranks were meant.
[[nodiscard]] inline launch launched() {
    struct pair_of_names {
        const char* rank;
        const char* ranks;
    };
    static constexpr pair_of_names launchers[] = {
        {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, // Open MPI
        {"PMI_RANK", "PMI_SIZE"},                         // MPICH, Intel MPI, Cray PALS
        {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"},   // MVAPICH2
    };
    for (const auto& names : launchers) {
        const auto rank = detail::number_from_launcher(names.rank);
        const auto ranks = detail::number_from_launcher(names.ranks);
        if (rank && ranks && *rank < *ranks) {
            return {*rank, *ranks};
        }
    }
    // Slurm sets SLURM_NTASKS in batch scripts too, where one process runs; their step ids are the last of 32 bits.
    const auto step = detail::number_from_launcher("SLURM_STEP_ID");
    if (step && *step < 0xfffffff0U) {
        auto ranks = detail::number_from_launcher("SLURM_STEP_NUM_TASKS");
        ranks = ranks ? ranks : detail::number_from_launcher("SLURM_NTASKS");
        const auto rank = detail::number_from_launcher("SLURM_PROCID");
        if (rank && ranks && *rank < *ranks) {
            return {*rank, *ranks};
        }
    }
    return {};
}

/// How many processes the launcher started together; 1 without a launcher.
[[nodiscard]] inline std::size_t launched_ranks() { return launched().ranks; }

/// This process's number among them; 0 without a launcher.
[[nodiscard]] inline std::size_t launched_rank() { return launched().rank; }

} // namespace distproc
