// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/shape.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace distproc {

/// What windows hold beyond the edges of the image, named as in scipy.ndimage where it has the same.
enum class edge : unsigned char {
    reflect,  ///< d c b a | a b c d | d c b a
    nearest,  ///< a a a a | a b c d | d d d d
    constant, ///< k k k k | a b c d | k k k k
    whole     ///< nothing: only windows that lie inside the image; the item axes shrink
};

namespace detail {

/// A box of an image: its first pixel and its extents.
struct pixel_box {
    const std::size_t* start;
    const std::size_t* extents;
};

/// Where the windows of an image lie. Item i of an axis has the pixels [i - w / 2, i - w / 2 + w), as in scipy.ndimage;
/// with `edge::whole` [i, i + w).
class window_grid {
public:
    static constexpr std::size_t most_axes = 32; // HDF5 has no more

    /// `name`: of the image, for errors.
    window_grid(shape image, shape window, edge beyond, const std::string& name)
        : image_(std::move(image)), window_(std::move(window)), beyond_(beyond) {
        if (window_.size() != image_.size() || image_.size() > most_axes) {
            throw error("windows: '" + name + "' has " + axes_text(image_) + ", but the window has " +
                        axes_text(window_) + "; give it one extent for each axis of the image");
        }
        if (distproc::volume(window_) == 0) {
            throw error("windows: a window of " + to_string(window_) + " holds nothing; give it extents above 0");
        }
        volume_ = distproc::volume(window_);
        items_ = image_;
        for (std::size_t d = 0; beyond_ == edge::whole && d < image_.size(); ++d) {
            if (window_[d] > image_[d]) {
                throw error("windows: none of " + to_string(window_) + " lies inside '" + name + "', which is " +
                            to_string(image_) + "; give a smaller window or another edge");
            }
            items_[d] = image_[d] - window_[d] + 1;
        }
        origin_.fill(0);
    }

    [[nodiscard]] const shape& image() const noexcept { return image_; }
    [[nodiscard]] const shape& items() const noexcept { return items_; }
    [[nodiscard]] std::size_t rank() const noexcept { return image_.size(); }
    /// Pixels of a window.
    [[nodiscard]] std::size_t volume() const noexcept { return volume_; }
    [[nodiscard]] std::string description() const { return to_string(window_) + " windows"; }
    [[nodiscard]] pixel_box whole_image() const noexcept { return {origin_.data(), image_.data()}; }

    /// The pixels that items [first, first + count) of an axis need: where they begin, and how many. Those that are
    /// mirrored in from beyond an edge are among them.
    [[nodiscard]] std::pair<std::size_t, std::size_t> needed(std::size_t axis, std::size_t first,
                                                             std::size_t count) const noexcept {
        const std::size_t before = this->before(axis);
        const std::size_t start = first < before ? 0 : first - before;
        const std::size_t end = first + count + (window_[axis] - 1 - before);
        return {start, std::min(image_[axis], end) - start};
    }

    /// Copies the window of an item to `out`, row-major. `fetch(at, count, out)` copies neighbouring pixels of `box`,
    /// which holds all that are needed; `outside` stands for pixels beyond a constant edge.
    template <class T, class Fetch>
    void gather(std::size_t item, const pixel_box& box, const T& outside, T* out, const Fetch& fetch) const {
        std::array<std::ptrdiff_t, most_axes> first;
        bool inside = true;
        for (std::size_t d = rank(); d-- > 0;) {
            const std::size_t index = d == 0 ? item : item % items_[d];
            item = d == 0 ? 0 : item / items_[d];
            inside = inside && index >= before(d) && index - before(d) + window_[d] <= image_[d];
            first[d] = static_cast<std::ptrdiff_t>(index) - static_cast<std::ptrdiff_t>(before(d));
        }
        if (inside) {
            std::size_t at = 0;
            for (std::size_t d = 0; d < rank(); ++d) {
                at = at * box.extents[d] + static_cast<std::size_t>(first[d]) - box.start[d];
            }
            copy_lines(0, at, box, out, fetch);
        } else {
            gather_axis(0, 0, volume_, first.data(), box, outside, out, fetch);
        }
    }

private:
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    static std::string axes_text(const shape& extents) {
        return extents.empty() ? "no axis"
                               : std::to_string(extents.size()) + (extents.size() == 1 ? " axis (" : " axes (") +
                                     to_string(extents) + ")";
    }
    [[nodiscard]] std::size_t before(std::size_t axis) const noexcept {
        return beyond_ == edge::whole ? 0 : window_[axis] / 2;
    }

    /// The pixel that stands at `at` of an axis of n; `nowhere`: none.
    [[nodiscard]] std::size_t place(std::ptrdiff_t at, std::size_t n) const noexcept {
        const auto length = static_cast<std::ptrdiff_t>(n);
        if (at >= 0 && at < length) {
            return static_cast<std::size_t>(at);
        }
        switch (beyond_) {
        case edge::reflect: {
            const std::ptrdiff_t turn = (at % (2 * length) + 2 * length) % (2 * length);
            return static_cast<std::size_t>(turn < length ? turn : 2 * length - 1 - turn);
        }
        case edge::nearest:
            return at < 0 ? 0 : n - 1;
        default:
            return nowhere;
        }
    }

    /// A window that lies inside the image, from pixel `at` of the box on, below one index of the axes above `axis`.
    /// Returns where the next pixel belongs.
    template <class T, class Fetch>
    T* copy_lines(std::size_t axis, std::size_t at, const pixel_box& box, T* out, const Fetch& fetch) const {
        if (axis + 1 >= rank()) {
            const std::size_t length = rank() == 0 ? 1 : window_[axis];
            fetch(at, length, out);
            return out + length;
        }
        std::size_t step = 1;
        for (std::size_t d = axis + 1; d < rank(); ++d) {
            step *= box.extents[d];
        }
        for (std::size_t k = 0; k < window_[axis]; ++k) {
            out = copy_lines(axis + 1, at + k * step, box, out, fetch);
        }
        return out;
    }

    /// The pixels of the window below one index of the axes above `axis`, `pixels` in all; `row`: that index in the
    /// box.
    template <class T, class Fetch>
    void gather_axis(std::size_t axis, std::size_t row, std::size_t pixels, const std::ptrdiff_t* first,
                     const pixel_box& box, const T& outside, T* out, const Fetch& fetch) const {
        const std::size_t n = image_[axis];
        const std::size_t w = window_[axis];
        row *= box.extents[axis];
        const bool last = axis + 1 == rank();
        if (last && first[axis] >= 0 && static_cast<std::size_t>(first[axis]) + w <= n) {
            fetch(row + static_cast<std::size_t>(first[axis]) - box.start[axis], w, out);
            return;
        }
        const std::size_t below = pixels / w;
        for (std::size_t k = 0; k < w; ++k, out += below) {
            const std::size_t at = place(first[axis] + static_cast<std::ptrdiff_t>(k), n);
            if (at == nowhere) {
                std::fill_n(out, below, outside);
            } else if (last) {
                fetch(row + at - box.start[axis], std::size_t{1}, out);
            } else {
                gather_axis(axis + 1, row + at - box.start[axis], below, first, box, outside, out, fetch);
            }
        }
    }

    shape image_, window_, items_;
    edge beyond_;
    std::size_t volume_ = 1;
    std::array<std::size_t, most_axes> origin_;
};

} // namespace detail
} // namespace distproc
