// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/boxes.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/source/as_source.hpp>
#include <distproc/source/concepts.hpp>
#include <distproc/source/windows/grid.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc {

/// The window of an item, still to be gathered from the image.
template <class Items>
struct window_view {
    using value = typename Items::value;

    const Items* from;
    std::size_t index;
    staging stage;
    std::size_t slot;

    [[nodiscard]] std::size_t size() const noexcept { return from->window_pixels(); }
    void copy_to(value* out) const { from->gather(index, stage, slot, out); }
};

/// An open image by its windows; see `windows`. `Opened`: a source whose items are the pixels.
template <class Opened>
class window_items {
public:
    using value = std::remove_cvref_t<typename Opened::item>;
    using item = std::span<const value>;
    static constexpr bool reads_beside_writes = distproc::reads_beside_writes<Opened>;

    window_items(Opened image, shape window, edge beyond, const value& outside)
        : image_(std::move(image)), grid_(image_.items(), std::move(window), beyond, image_.description()),
          outside_(outside), staged_(image_.staging_bytes(1) != 0) {
        if (staged_ &&
            (!std::is_reference_v<typename Opened::item> || image_.staging_bytes(64) != 64 * sizeof(value))) {
            throw error("windows: '" + image_.description() +
                        "' does not keep its pixels side by side; give windows an array in memory or hdf5_elements");
        }
    }

    [[nodiscard]] const shape& items() const noexcept { return grid_.items(); }
    [[nodiscard]] std::string description() const { return grid_.description() + " of " + image_.description(); }
    [[nodiscard]] std::vector<std::string> files() const { return image_.files(); }
    [[nodiscard]] bool concurrent_reads() const { return reads_concurrently(image_); }
    [[nodiscard]] std::size_t window_pixels() const noexcept { return grid_.volume(); }

    /// Of an image in a file: room for a window per item. Items that are read together share pixels and use less.
    [[nodiscard]] std::size_t staging_bytes(std::size_t capacity) const noexcept {
        return staged_ ? round_up(capacity * sizeof(std::size_t)) + capacity * stride() : 0;
    }

    /// Many windows share the pixels that are read for them.
    [[nodiscard]] std::size_t block_bytes() const { return staged_ ? std::size_t{32} << 20U : block_bytes_of(image_); }

    /// Reads a box of items with the pixels around it at once; a run has few boxes, most of them whole rows.
    std::size_t read(std::size_t first, std::size_t count, const staging& s, std::size_t slot) {
        std::size_t bytes = 0;
        if (staged_) {
            for_each_box(grid_.items(), first, count, [&](const shape& start, const shape& sizes, std::size_t offset) {
                const std::size_t items = distproc::volume(sizes);
                for (std::size_t k = 0; k < items; ++k) {
                    back(s)[slot + offset + k] = k;
                }
                bytes += read_box(start, sizes, head(s, slot + offset), {pixels(s, slot + offset), items * stride()});
            });
        }
        return bytes;
    }

    [[nodiscard]] window_view<window_items> at(std::size_t index, const staging& s, std::size_t slot) const noexcept {
        return {this, index, s, slot};
    }

    /// Copies the window of an item, which is in that slot, to `out`.
    void gather(std::size_t index, const staging& s, std::size_t slot, value* out) const {
        if (staged_) {
            const std::size_t first = slot - back(s)[slot];
            const std::size_t* const start = head(s, first);
            from_memory(index, {start, start + grid_.rank()}, reinterpret_cast<const value*>(pixels(s, first)), out);
        } else if constexpr (requires {
                                 { image_.contiguous() } -> std::convertible_to<const value*>;
                             }) {
            from_memory(index, grid_.whole_image(), image_.contiguous(), out);
        } else {
            grid_.gather(index, grid_.whole_image(), outside_, out, [&](std::size_t at, std::size_t count, value* to) {
                for (std::size_t k = 0; k < count; ++k) {
                    to[k] = image_.at(at + k, s, slot);
                }
            });
        }
    }

private:
    void from_memory(std::size_t index, const detail::pixel_box& box, const value* from, value* out) const {
        grid_.gather(index, box, outside_, out,
                     [from](std::size_t at, std::size_t count, value* to) { std::copy_n(from + at, count, to); });
    }

    // A staging holds, for each slot, how many slots before it its box begins; then, a stride for each slot, the boxes:
    // start and extents, then the pixels. A box of items needs no more pixels than its items' windows hold.
    [[nodiscard]] std::size_t head_bytes() const noexcept { return round_up(2 * grid_.rank() * sizeof(std::size_t)); }
    [[nodiscard]] std::size_t stride() const noexcept {
        return head_bytes() + round_up(grid_.volume() * sizeof(value));
    }
    [[nodiscard]] static std::size_t* back(const staging& s) noexcept { return reinterpret_cast<std::size_t*>(s.data); }
    [[nodiscard]] std::size_t* head(const staging& s, std::size_t slot) const noexcept {
        return reinterpret_cast<std::size_t*>(s.data + round_up(s.capacity * sizeof(std::size_t)) + slot * stride());
    }
    [[nodiscard]] std::byte* pixels(const staging& s, std::size_t slot) const noexcept {
        return reinterpret_cast<std::byte*>(head(s, slot)) + head_bytes();
    }

    /// Reads the pixels that a box of items needs, in runs of neighbours in the image.
    std::size_t read_box(const shape& first, const shape& count, std::size_t* head, const staging& to) {
        const std::size_t rank = grid_.rank();
        std::size_t* const extents = head + rank;
        std::size_t lines = 1; // runs
        std::size_t run = 1;   // pixels of each
        for (std::size_t d = rank; d-- > 0;) {
            std::tie(head[d], extents[d]) = grid_.needed(d, first[d], count[d]);
        }
        std::size_t axis = rank; // the axes from here on are in a run
        while (axis > 0) {
            --axis;
            run *= extents[axis];
            if (extents[axis] != grid_.image()[axis]) {
                break;
            }
        }
        for (std::size_t d = 0; d < axis; ++d) {
            lines *= extents[d];
        }
        std::size_t bytes = 0;
        for (std::size_t line = 0; line < lines; ++line) {
            bytes += image_.read(pixel_of(line, axis, head), run, to, line * run);
        }
        return bytes;
    }

    /// The number, in the image, of the first pixel of a line of a box; `axis`: the first axis that is in a line.
    [[nodiscard]] std::size_t pixel_of(std::size_t line, std::size_t axis, const std::size_t* head) const noexcept {
        const std::size_t rank = grid_.rank();
        std::size_t pixel = 0;
        std::size_t below = 1;
        for (std::size_t d = rank; d-- > 0;) {
            const std::size_t extent = head[rank + d];
            pixel += below * (head[d] + (d < axis ? line % extent : 0));
            line /= d < axis ? extent : 1;
            below *= grid_.image()[d];
        }
        return pixel;
    }

    Opened image_;
    detail::window_grid grid_;
    value outside_;
    bool staged_;
};

/// Policy of `windows`.
template <source_policy Policy>
class window_source {
public:
    using opened_image = std::remove_cvref_t<decltype(std::declval<const Policy&>().open())>;
    using value = std::remove_cvref_t<typename opened_image::item>;

    window_source(Policy image, shape window, edge beyond, const value& outside)
        : image_(std::move(image)), window_(std::move(window)), beyond_(beyond), outside_(outside) {}

    /// Throws `error` that names the image: where the window has other axes, holds nothing, or, with `edge::whole`, is
    /// larger than the image.
    [[nodiscard]] auto open() const { return window_items<opened_image>(image_.open(), window_, beyond_, outside_); }

private:
    Policy image_;
    shape window_;
    edge beyond_;
    value outside_;
};

namespace detail {

template <class Policy>
using pixel_t = std::remove_cvref_t<typename std::remove_cvref_t<decltype(std::declval<const Policy&>().open())>::item>;

template <class T>
inline constexpr bool is_pixel = std::is_trivially_copyable_v<T>;
template <class T>
inline constexpr bool is_pixel<std::span<T>> = false;

} // namespace detail

/// Each pixel of an image with its neighbourhood: `windows(range_source{pixels, {height, width}}, {3, 3})`, or
/// `windows(hdf5_elements<float>{"scan.h5", "/image"}, {5, 5}, edge::nearest)`. An item is a `std::span<const T>` of
/// the window's pixels, row-major. The items have the axes of the image, which may be any number; with `edge::whole`
/// each is shorter by the window's extent less one. `outside` stands beyond the edges with `edge::constant`.
///
/// Cost: each window is copied, by the worker that needs it, into a buffer of its size; the image is not. Of an image
/// in a file a block reads the pixels that its items need, rows as a whole where it has whole rows; in
/// `options::memory_bytes` each item counts as a window of its own.
/// Nothing happens before `open()`, which throws `error`: see `window_source`.
template <class Image>
[[nodiscard]] auto windows(Image&& image, shape window, edge beyond = edge::reflect,
                           const detail::pixel_t<as_source_t<Image>>& outside = {}) {
    static_assert(detail::is_pixel<detail::pixel_t<as_source_t<Image>>>,
                  "windows: the items of the image must be numbers, or other trivially copyable values, one for each "
                  "pixel; give it range_source{pixels, {height, width}} or hdf5_elements");
    return window_source<as_source_t<Image>>(as_source(std::forward<Image>(image)), std::move(window), beyond, outside);
}

} // namespace distproc
