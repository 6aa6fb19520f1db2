// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/function_ref.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace distproc::detail {

/// The binary tree over `leaves` leaves by which accumulators are merged: node `index` of `level` covers the leaves
/// [index << level, (index + 1) << level). The tree depends on the number of leaves alone, so that whoever merges
/// which part, and when, makes no difference. It keeps the nodes whose sibling is still missing.
template <class Accumulator>
class merge_tree {
public:
    struct node {
        std::size_t level = 0;
        std::size_t index = 0;
        Accumulator value;

        [[nodiscard]] std::size_t first_leaf() const noexcept { return index << level; }
    };

    explicit merge_tree(std::size_t leaves) noexcept : leaves_(leaves) {}

    /// Adds a node and merges as far up as possible. Amortised O(1) merges for each leaf; where leaves come in order,
    /// O(log leaves) nodes are kept.
    void add(node n) {
        auto place = nodes_.end();
        if (!nodes_.empty() && nodes_.back().first_leaf() > n.first_leaf()) {
            place = std::ranges::upper_bound(nodes_, n.first_leaf(), {}, &node::first_leaf);
        }
        auto k = static_cast<std::size_t>(place - nodes_.begin());
        nodes_.insert(place, std::move(n));
        while (nodes_[k].level < height()) {
            node& me = nodes_[k];
            if (me.index % 2 == 0 && (me.index + 1) << me.level >= leaves_) { // the tree ends before its sibling
                ++me.level;
                me.index /= 2;
            } else if (me.index % 2 == 0) {
                if (!is(k + 1, me.level, me.index + 1)) {
                    return;
                }
                unite(k);
            } else {
                if (k == 0 || !is(k - 1, me.level, me.index - 1)) {
                    return;
                }
                unite(--k);
            }
        }
    }

    /// The same for what `next()` gives until it gives nothing, in the order of the leaves: amortised O(1) for each of
    /// these nodes and of those that are there. Memory for twice as many nodes meanwhile.
    void add_all(function_ref<std::optional<node>()> next) {
        std::vector<node> mine = std::exchange(nodes_, {});
        nodes_.reserve(mine.size());
        auto a = mine.begin();
        for (std::optional<node> b = next(); b || a != mine.end();) {
            if (b && (a == mine.end() || b->first_leaf() < a->first_leaf())) {
                add(std::move(*b));
                b = next();
            } else {
                add(std::move(*a++));
            }
        }
    }

    /// The nodes without a sibling, in the order of their leaves.
    [[nodiscard]] std::vector<node>& nodes() noexcept { return nodes_; }
    /// Whether all leaves have been added: there is one node, or there are no leaves.
    [[nodiscard]] bool complete() const noexcept {
        return leaves_ == 0 || (nodes_.size() == 1 && nodes_[0].level == height());
    }

private:
    [[nodiscard]] std::size_t height() const noexcept {
        return leaves_ <= 1 ? 0 : static_cast<std::size_t>(std::bit_width(leaves_ - 1));
    }
    [[nodiscard]] bool is(std::size_t k, std::size_t level, std::size_t index) const noexcept {
        return k < nodes_.size() && nodes_[k].level == level && nodes_[k].index == index;
    }
    /// Merges node k with its right sibling, which is the next.
    void unite(std::size_t k) {
        nodes_[k].value.merge(nodes_[k + 1].value);
        nodes_.erase(nodes_.begin() + static_cast<std::ptrdiff_t>(k) + 1);
        ++nodes_[k].level;
        nodes_[k].index /= 2;
    }

    std::size_t leaves_;
    std::vector<node> nodes_;
};

} // namespace distproc::detail
