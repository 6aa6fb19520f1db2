// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/function_ref.hpp>
#include <distproc/core/index_set.hpp>
#include <distproc/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace distproc {

/// The fixed grid of granules over the item axes: a granule is the smallest box of items that one writer domain takes
/// whole. Granules are numbered row-major over the grid; those at the upper edges are cut to the array.
///
/// Two forms: `granules(items, length)` cuts the row-major sequence of items into pieces of `length` (results with a
/// fixed address need no more: length 1, or the compute's cell); `granules(items, box)` cuts the axes (chunks).
class granules {
public:
    granules() = default;

    explicit granules(shape items, std::size_t length = 1) : items_(std::move(items)), length_(length) {
        if (length == 0) {
            throw error("a granule holds at least one item, not 0");
        }
        count_ = pieces(volume(items_), length_);
    }

    granules(shape items, shape box) : items_(std::move(items)), box_(std::move(box)), length_(volume(box_)) {
        if (box_.size() != items_.size() || length_ == 0) {
            throw error("a granule of " + to_string(box_) + " items does not fit item axes of " + to_string(items_) +
                        "; give one extent above 0 for each axis");
        }
        count_ = volume(items_) == 0 ? 0 : 1;
        for (std::size_t d = 0; d < items_.size(); ++d) {
            count_ *= pieces(items_[d], box_[d]);
        }
    }

    [[nodiscard]] const shape& items() const noexcept { return items_; }
    [[nodiscard]] std::size_t item_count() const { return volume(items_); }
    /// Number of granules.
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// Items of a granule that is not cut by an edge.
    [[nodiscard]] std::size_t length() const noexcept { return length_; }
    /// The box of a granule that is not cut by an edge; empty where the granules are linear.
    [[nodiscard]] const shape& box() const noexcept { return box_; }
    /// Whether granule g is simply the items [g * length, (g + 1) * length).
    [[nodiscard]] bool linear() const noexcept { return box_.empty(); }

    /// Calls `use(index_range)` for the runs of consecutive items of the granules in `range`, in a fixed order.
    void for_each_run(index_range range, function_ref<void(index_range)> use) const {
        if (range.empty()) {
            return;
        }
        if (linear()) {
            const std::size_t last = range.last >= count_ ? volume(items_) : range.last * length_;
            use(index_range{range.first * length_, last});
            return;
        }
        for (std::size_t g = range.first; g < range.last; ++g) {
            use_box(g, use);
        }
    }

private:
    /// How many pieces of `length` cover `extent`; also where length is as good as endless.
    static constexpr std::size_t pieces(std::size_t extent, std::size_t length) noexcept {
        return extent / length + (extent % length != 0 ? 1 : 0);
    }

    void use_box(std::size_t g, function_ref<void(index_range)> use) const {
        const std::size_t rank = items_.size();
        shape low(rank);
        shape extent(rank);
        for (std::size_t d = rank; d-- > 0;) {
            const std::size_t tiles = pieces(items_[d], box_[d]);
            low[d] = g % tiles * box_[d];
            extent[d] = std::min(box_[d], items_[d] - low[d]);
            g /= tiles;
        }
        const std::size_t run = extent.back();
        const std::size_t rows = volume(extent) / run;
        for (std::size_t row = 0; row < rows; ++row) {
            std::size_t rest = row;
            std::size_t first = low.back();
            std::size_t stride = items_.back();
            for (std::size_t d = rank - 1; d-- > 0;) {
                first += (low[d] + rest % extent[d]) * stride;
                rest /= extent[d];
                stride *= items_[d];
            }
            use(index_range{first, first + run});
        }
    }

    shape items_;
    shape box_;
    std::size_t length_ = 1;
    std::size_t count_ = 0;
};

} // namespace distproc
