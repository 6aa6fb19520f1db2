// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/source/as_source.hpp>
#include <distproc/source/concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace distproc {

namespace detail {

/// Some items of a source, in any order, as runs of consecutive ones.
class selection {
public:
    selection(std::size_t first, std::size_t count) { add(first, count); }
    explicit selection(const std::vector<std::size_t>& items) {
        for (std::size_t k = 0; k < items.size();) {
            std::size_t length = 1;
            while (k + length < items.size() && items[k + length] == items[k] + length) {
                ++length;
            }
            add(items[k], length);
            k += length;
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return count_; }

    /// Calls `use(item, count, place)` for the runs of the selected items [first, first + count); place counts from 0.
    template <class Use>
    void for_each_run(std::size_t first, std::size_t count, Use&& use) const {
        if (count == 0) {
            return;
        }
        auto run = find(first);
        for (std::size_t done = 0; done < count; ++run) {
            const std::size_t skip = first + done - run->place;
            const std::size_t length = std::min(run->length - skip, count - done);
            use(run->item + skip, length, done);
            done += length;
        }
    }
    [[nodiscard]] std::size_t item(std::size_t index) const {
        const auto run = find(index);
        return run->item + (index - run->place);
    }

    void check(std::size_t items, const std::string& source) const {
        for (const run& r : runs_) {
            if (r.length > items || r.item > items - r.length) {
                const std::size_t bad = std::max(r.item, items);
                throw error("select: item " + std::to_string(bad) + " does not exist, '" + source + "' has " +
                            std::to_string(items) + " items" +
                            (items == 0 ? "" : ", numbered 0 to " + std::to_string(items - 1)) +
                            "; select items that are there");
            }
        }
    }

private:
    struct run {
        std::size_t item;
        std::size_t length;
        std::size_t place; ///< of its first item among the selected ones
    };

    void add(std::size_t item, std::size_t length) {
        if (length != 0) {
            runs_.push_back({item, length, count_});
            count_ += length;
        }
    }
    [[nodiscard]] std::vector<run>::const_iterator find(std::size_t index) const {
        return std::prev(std::upper_bound(runs_.begin(), runs_.end(), index,
                                          [](std::size_t i, const run& r) { return i < r.place; }));
    }

    std::vector<run> runs_;
    std::size_t count_ = 0;
};

} // namespace detail

/// Some items of an open source. `Opened` is the source, or a reference to it.
template <class Opened>
class selected_items {
public:
    using item = typename std::remove_cvref_t<Opened>::item;
    static constexpr bool reads_beside_writes = distproc::reads_beside_writes<std::remove_cvref_t<Opened>>;

    selected_items(Opened&& from, std::shared_ptr<const detail::selection> chosen)
        : from_(std::forward<Opened>(from)), chosen_(std::move(chosen)) {
        chosen_->check(volume(from_.items()), from_.description());
    }

    [[nodiscard]] shape items() const { return {chosen_->size()}; }
    [[nodiscard]] std::string description() const {
        return from_.description() + " (" + std::to_string(chosen_->size()) + " of " +
               std::to_string(volume(from_.items())) + " items)";
    }
    [[nodiscard]] std::vector<std::string> files() const { return from_.files(); }
    [[nodiscard]] std::size_t staging_bytes(std::size_t capacity) const { return from_.staging_bytes(capacity); }
    [[nodiscard]] std::size_t block_bytes() const { return block_bytes_of(from_); }
    [[nodiscard]] bool concurrent_reads() const { return reads_concurrently(from_); }
    std::size_t read(std::size_t first, std::size_t count, const staging& s, std::size_t slot) {
        std::size_t bytes = 0;
        chosen_->for_each_run(first, count, [&](std::size_t item, std::size_t length, std::size_t place) {
            bytes += from_.read(item, length, s, slot + place);
        });
        return bytes;
    }
    [[nodiscard]] detail::fetched_t<Opened> at(std::size_t index, const staging& s, std::size_t slot) const {
        return from_.at(chosen_->item(index), s, slot);
    }

private:
    Opened from_;
    std::shared_ptr<const detail::selection> chosen_;
};

/// Policy of `select`. Cheap to copy: the list of items is shared.
template <source_policy Policy>
class selected_source {
public:
    selected_source(Policy from, detail::selection chosen)
        : from_(std::move(from)), chosen_(std::make_shared<const detail::selection>(std::move(chosen))) {}

    /// Throws `error` that names the item and the size of the source where an item does not exist.
    [[nodiscard]] auto open() const { return selected_items<decltype(from_.open())>(from_.open(), chosen_); }

private:
    Policy from_;
    std::shared_ptr<const detail::selection> chosen_;
};

/// Items [first, first + count) of any source; they become items [0, count), with one item axis.
template <class Source>
[[nodiscard]] auto select(Source&& from, std::size_t first, std::size_t count) {
    static_assert(source<Source>,
                  "select: the first argument is no source; give it a sized random-access range (std::vector, "
                  "std::span, std::views::iota) or a source policy such as hdf5_source");
    if constexpr (source<Source>) {
        return selected_source<as_source_t<Source>>(as_source(std::forward<Source>(from)), {first, count});
    }
}

/// The listed items of any source, in the order of the list (an item may come twice); one item axis. Neighbours in the
/// list that are neighbours in the source are read together, so sorted lists are cheap.
template <class Source>
[[nodiscard]] auto select(Source&& from, const std::vector<std::size_t>& items) {
    static_assert(source<Source>,
                  "select: the first argument is no source; give it a sized random-access range (std::vector, "
                  "std::span, std::views::iota) or a source policy such as hdf5_source");
    if constexpr (source<Source>) {
        return selected_source<as_source_t<Source>>(as_source(std::forward<Source>(from)), detail::selection(items));
    }
}

} // namespace distproc
