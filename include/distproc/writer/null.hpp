// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/writer/concepts.hpp>
#include <distproc/writer/list/records.hpp>

#include <string>
#include <string_view>

namespace distproc {

/// Drops every result. For benchmarks, for computes that act by side effect, and as the neutral element of writers.
/// Costs nothing, communicates nothing, throws nothing.
struct null_writer {
    static constexpr std::string_view name = "null";
    static constexpr bool takes_lists = true;

    template <class Result>
    struct session {
        static constexpr bool concurrent = true;
        [[nodiscard]] static index_set done() { return {}; }
        static void write(std::size_t, std::span<const Result>) noexcept {}
        static void write_record(std::span<const std::byte>) noexcept
            requires detail::is_list<Result>
        {}
        static void finish() noexcept {}
        static void close(outcome) noexcept {}
        [[nodiscard]] static traffic moved() noexcept { return {}; }
        [[nodiscard]] static std::string description() { return "nowhere: results are dropped"; }
    };

    template <class Result, class Team>
    [[nodiscard]] session<Result> open(const plan&, const Team&) const noexcept {
        return {};
    }

    /// Of lists; see `detail::encodes`.
    template <class Result>
        requires detail::is_list<Result>
    [[nodiscard]] auto encoder(const plan&) const {
        return detail::list_encoder<detail::list_value_t<Result>>();
    }
};

static_assert(writer<null_writer, double>);

} // namespace distproc
