// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/writer/reduce/accumulator.hpp>
#include <distproc/writer/reduce/merge_tree.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace distproc::detail {

/// The finished granules of all workers of a rank.
template <class Accumulator>
struct shared_tree {
    explicit shared_tree(std::size_t leaves) noexcept : tree(leaves) {}

    std::mutex mutex;
    merge_tree<Accumulator> tree;
};

/// Accumulates the results that one thread brings, granule by granule, and hands finished granules to the tree of the
/// rank whenever it turns to another part of the items.
template <class Accumulator>
class granule_sums {
public:
    /// `granule`: items of each granule (the last may be shorter) of `items` in all.
    granule_sums(const Accumulator& empty, std::size_t items, std::size_t granule, shared_tree<Accumulator>& to)
        : empty_(&empty), items_(items), granule_(granule), to_(&to), finished_(leaves(items, granule)) {}

    [[nodiscard]] static std::size_t leaves(std::size_t items, std::size_t granule) noexcept {
        return items / granule + (items % granule != 0 ? 1 : 0);
    }

    /// The results of a granule's items come in their order, those of several granules mixed as they like.
    template <class Result>
    void write(std::size_t first, std::span<const Result> results) {
        move_on(first, results.size(), [&](Accumulator& into, std::size_t at, std::size_t count) {
            add_all(into, results.subspan(at - first, count), at);
        });
    }
    /// These items have no results.
    void skip(std::size_t first, std::size_t count) {
        move_on(first, count, [](Accumulator&, std::size_t, std::size_t) {});
    }

    /// Hands over what is finished.
    void flush() {
        if (finished_.nodes().empty()) {
            return;
        }
        auto nodes = std::exchange(finished_.nodes(), {}); // also where a merge throws
        const std::scoped_lock lock(to_->mutex);
        for (auto& node : nodes) {
            to_->tree.add(std::move(node));
        }
    }

private:
    struct open {
        std::size_t granule;
        std::size_t next; // item
        Accumulator value;
    };

    /// `add(accumulator, first, count)` for the part of the items that lies in each granule.
    template <class Add>
    void move_on(std::size_t first, std::size_t count, Add&& add) {
        if (first != next_) {
            flush();
        }
        next_ = first + count;
        while (count != 0) {
            const std::size_t index = first / granule_;
            const std::size_t last = std::min(items_, (index + 1) * granule_);
            const std::size_t now = std::min(count, last - first);
            open& mine = find(index, first);
            add(mine.value, first, now);
            mine.next = first + now;
            if (mine.next == last) {
                finished_.add({0, index, std::move(mine.value)});
                if (&mine != &open_.back()) {
                    mine = std::move(open_.back());
                }
                open_.pop_back();
            }
            first += now;
            count -= now;
        }
    }

    open& find(std::size_t index, std::size_t first) {
        for (open& each : open_) {
            if (each.granule == index) {
                if (each.next != first) {
                    throw error("reduce_writer: item " + std::to_string(first) + " comes where item " +
                                std::to_string(each.next) +
                                " is due; the results of a granule come in the order "
                                "of its items, each once");
                }
                return each;
            }
        }
        if (first != index * granule_) {
            throw error("reduce_writer: item " + std::to_string(first) + " comes before the first of its granule, " +
                        std::to_string(index * granule_));
        }
        return open_.emplace_back(open{index, first, *empty_});
    }

    const Accumulator* empty_;
    std::size_t items_;
    std::size_t granule_;
    shared_tree<Accumulator>* to_;
    std::size_t next_ = 0;
    std::vector<open> open_; // rarely more than one
    merge_tree<Accumulator> finished_;
};

} // namespace distproc::detail
