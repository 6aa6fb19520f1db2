// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// One algorithm in every form that a compute may have: with a row, or with a row and a factor of a zipped source.
#include "execute/kernels.hpp"
#include <distproc/core/context.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace test {

struct by_item {
    static constexpr std::string_view name = "item";
    static constexpr bool random = false;

    finding operator()(std::span<const double> row) const { return look_at(row, 1, 0); }
    finding operator()(std::span<const double> row, double factor) const { return look_at(row, factor, 0); }
};

struct with_context {
    static constexpr std::string_view name = "item and context";
    static constexpr bool random = true;

    finding operator()(std::span<const double> row, distproc::context& here) const {
        return look_at(row, 1, here.random()());
    }
    finding operator()(std::span<const double> row, double factor, distproc::context& here) const {
        return look_at(row, factor, here.random()());
    }
};

/// Not callable as const: each worker has its own copy and its workspace.
struct with_workspace {
    static constexpr std::string_view name = "workspace";
    static constexpr bool random = false;
    static inline std::atomic<bool> shared = false; ///< two workers were in one copy at once

    finding operator()(std::span<const double> row) { return (*this)(row, 1); }
    finding operator()(std::span<const double> row, double factor) {
        if (busy_++ != 0) {
            shared = true;
        }
        space_.resize(512);
        auto* aligned = space_.data();
        while (reinterpret_cast<std::uintptr_t>(aligned) % 64 != 0) {
            ++aligned;
        }
        for (std::size_t k = 0; k < row.size(); ++k) {
            aligned[k] = row[k];
        }
        const finding f = look_at({aligned, row.size()}, factor, 0);
        --busy_;
        return f;
    }

private:
    std::vector<double> space_;
    int busy_ = 0;
};

/// Cells of five items; each row lies at an aligned address as it does alone.
struct by_cell {
    static constexpr std::string_view name = "cell";
    static constexpr bool random = false;
    static constexpr std::size_t cell_size = 5;
    using result_type = finding;

    void operator()(std::span<const std::span<const double>> rows, std::span<finding> results) const {
        for (std::size_t k = 0; k < rows.size(); ++k) {
            results[k] = look_at(rows[k], 1, 0);
        }
    }
    void operator()(std::span<const std::tuple<std::span<const double>, const double&>> rows,
                    std::span<finding> results) const {
        for (std::size_t k = 0; k < rows.size(); ++k) {
            results[k] = look_at(std::get<0>(rows[k]), std::get<1>(rows[k]), 0);
        }
    }
};

} // namespace test
