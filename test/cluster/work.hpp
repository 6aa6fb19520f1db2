// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <mpi.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace cluster {

/// The ranks of every node, by node; a node's number is its place in the order of the lowest ranks.
struct places {
    int rank = 0;
    int size = 1;
    std::vector<std::size_t> node_of;

    places() {
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        MPI_Comm_size(MPI_COMM_WORLD, &size);
        MPI_Comm node = MPI_COMM_NULL;
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node);
        int leader = rank;
        MPI_Bcast(&leader, 1, MPI_INT, 0, node);
        MPI_Comm_free(&node);
        std::vector<int> leaders(static_cast<std::size_t>(size));
        MPI_Allgather(&leader, 1, MPI_INT, leaders.data(), 1, MPI_INT, MPI_COMM_WORLD);
        std::vector<int> order = leaders;
        std::ranges::sort(order);
        order.erase(std::unique(order.begin(), order.end()), order.end());
        for (const int l : leaders) {
            node_of.push_back(static_cast<std::size_t>(std::ranges::find(order, l) - order.begin()));
        }
    }
    [[nodiscard]] std::size_t nodes() const { return 1 + *std::ranges::max_element(node_of); }
    [[nodiscard]] std::size_t node() const { return node_of[static_cast<std::size_t>(rank)]; }
    [[nodiscard]] std::size_t ranks_of(std::size_t node) const {
        return static_cast<std::size_t>(std::ranges::count(node_of, node));
    }
};

inline constexpr std::size_t items = 12'000;

/// What the tests compute for an item: a matter of about 10 microseconds.
inline double value_of(std::size_t item) {
    double sum = 0;
    for (int i = 0; i < 200; ++i) {
        sum += std::sin(static_cast<double>(item) * 1e-3 + sum * 1e-2 + i);
    }
    return sum;
}

inline std::vector<std::uint64_t> bits_of(std::span<const double> values) {
    std::vector<std::uint64_t> bits;
    std::ranges::transform(values, std::back_inserter(bits), [](double x) { return std::bit_cast<std::uint64_t>(x); });
    return bits;
}

inline const std::vector<double>& expected() {
    static const std::vector<double> values = [] {
        std::vector<double> all(items);
        for (std::size_t i = 0; i < items; ++i) {
            all[i] = value_of(i);
        }
        return all;
    }();
    return values;
}

inline std::vector<std::size_t> all_items() {
    std::vector<std::size_t> indices(items);
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    return indices;
}

/// Collective.
inline std::string text_of_rank_0(std::string text) {
    text.resize(1000);
    MPI_Bcast(text.data(), 1000, MPI_CHAR, 0, MPI_COMM_WORLD);
    return text.c_str();
}

} // namespace cluster
