// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/source/concepts.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

namespace distproc::detail {

template <class T>
inline constexpr bool is_span = false;
template <class T>
inline constexpr bool is_span<std::span<const T>> = true;

/// Brings an item to the compute at a 64-byte aligned address, so that vector code takes the same path, and gives the
/// same bits, wherever the item lay: spans and trivially copyable objects that lie elsewhere are copied (within the
/// cache) first. Scalars, and objects that own memory, go as they are.
template <class Item>
struct hand_over {
    Item&& operator()(Item&& item) noexcept { return static_cast<Item&&>(item); }
};

template <class T>
    requires std::is_trivially_copyable_v<T>
struct hand_over<std::span<const T>> {
    std::span<const T> operator()(std::span<const T> item) {
        if (is_aligned(item.data()) || item.empty()) {
            return item;
        }
        copy.grow(item.size_bytes());
        std::memcpy(copy.data(), item.data(), item.size_bytes());
        return {reinterpret_cast<const T*>(copy.data()), item.size()};
    }
    aligned_buffer copy;
};

template <class T>
    requires(std::is_class_v<T> && std::is_trivially_copyable_v<T> && sizeof(T) > 16)
struct hand_over<const T&> {
    const T& operator()(const T& item) {
        if (is_aligned(std::addressof(item))) {
            return item;
        }
        copy.grow(sizeof(T));
        std::memcpy(copy.data(), std::addressof(item), sizeof(T));
        return *reinterpret_cast<const T*>(copy.data());
    }
    aligned_buffer copy;
};

/// Items that are gathered by the worker.
template <gathered_later View>
struct hand_over<View> {
    std::span<const typename View::value> operator()(const View& item) {
        using value = typename View::value;
        copy.grow(item.size() * sizeof(value));
        item.copy_to(reinterpret_cast<value*>(copy.data()));
        return {reinterpret_cast<const value*>(copy.data()), item.size()};
    }
    aligned_buffer copy;
};

template <class... Parts>
struct hand_over<std::tuple<Parts...>> {
    gathered_t<std::tuple<Parts...>> operator()(std::tuple<Parts...> item) {
        return convey(std::move(item), std::index_sequence_for<Parts...>{});
    }
    template <std::size_t... K>
    gathered_t<std::tuple<Parts...>> convey(std::tuple<Parts...> item, std::index_sequence<K...>) {
        return gathered_t<std::tuple<Parts...>>(std::get<K>(parts)(std::forward<Parts>(std::get<K>(item)))...);
    }
    std::tuple<hand_over<Parts>...> parts;
};

} // namespace distproc::detail
