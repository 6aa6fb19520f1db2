// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/prefetch.hpp>
#include <distproc/flow/hand_over.hpp>
#include <distproc/source/concepts.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace distproc::detail {

/// The cell form's input: items side by side at an aligned address; in place where the source has them so. Where items
/// are spans, each span's numbers lie at an aligned address.
template <class Opened>
class cell_input {
    using value = std::remove_cvref_t<typename Opened::item>;

public:
    /// Items [first, first + count); `next` more will be asked for right after them.
    std::span<const value> operator()(const Opened& source, std::size_t first, std::size_t count, std::size_t next,
                                      const staging& stage, std::size_t slot) {
        if constexpr (!is_span<value> && requires {
                                             { source.contiguous() } -> std::convertible_to<const value*>;
                                         }) {
            const value* there = source.contiguous() + first;
            if constexpr (!std::is_trivially_copyable_v<value>) {
                return {there, count};
            } else {
                if (is_aligned(there)) {
                    return {there, count};
                }
                copy_.grow(count * sizeof(value));
                std::memcpy(static_cast<void*>(copy_.data()), there, count * sizeof(value));
                prefetch(there + count, next * sizeof(value));
                return {reinterpret_cast<const value*>(copy_.data()), count};
            }
        } else {
            static_assert(std::is_trivially_copy_constructible_v<value>,
                          "a cell compute needs its items side by side: give execute a contiguous range, or items that "
                          "are trivially copyable");
            copy_.grow(count * sizeof(value));
            conveyors_.resize(std::max(conveyors_.size(), count));
            auto* values = reinterpret_cast<value*>(copy_.data());
            for (std::size_t k = 0; k < count; ++k) {
                std::construct_at(values + k, conveyors_[k](source.at(first + k, stage, slot + k)));
            }
            return {values, count};
        }
    }

private:
    aligned_buffer copy_;
    std::vector<hand_over<fetched_t<Opened>>> conveyors_; // one per item, since each may hold an aligned copy
};

} // namespace distproc::detail
