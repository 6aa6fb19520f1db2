// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/named.hpp>

#include <concepts>
#include <cstddef>

namespace distproc {

/// Accumulator: the result that is before all others in `Before`, and its item; of equal ones the lowest item. Results
/// that are not a number are left out.
template <class T, class Before>
class extremum {
public:
    void add(const T& result, std::size_t item) {
        if constexpr (std::floating_point<T>) {
            if (result != result) {
                return;
            }
        }
        if (empty() || Before{}(result, value_)) {
            value_ = result;
            item_ = item;
        }
    }
    void merge(const extremum& later) {
        if (!later.empty()) {
            add(later.value_, later.item_);
        }
    }
    void clear() { *this = {}; }
    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(value_) & DISTPROC_NAMED(item_);
    }

    [[nodiscard]] bool empty() const noexcept { return item_ == no_item; }
    /// T{} where there is none.
    [[nodiscard]] const T& value() const noexcept { return value_; }
    /// `no_item` where there is none.
    [[nodiscard]] std::size_t item() const noexcept { return item_; }

private:
    T value_{};
    std::size_t item_ = no_item;
};

namespace detail {
struct less_than {
    template <class T>
    constexpr bool operator()(const T& a, const T& b) const {
        return a < b;
    }
};
struct greater_than {
    template <class T>
    constexpr bool operator()(const T& a, const T& b) const {
        return b < a;
    }
};
} // namespace detail

template <class T>
using minimum = extremum<T, detail::less_than>;
template <class T>
using maximum = extremum<T, detail::greater_than>;

} // namespace distproc
