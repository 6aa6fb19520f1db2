// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace distproc::detail {

/// Copies one member out of each of `count` adjacent objects.
inline void gather_member(const std::byte* objects, std::size_t stride, std::size_t count, std::size_t bytes,
                          std::byte* out) {
    const auto copy = [&](auto constant) {
        constexpr std::size_t size = decltype(constant)::value;
        for (std::size_t k = 0; k < count; ++k) {
            std::memcpy(out + k * size, objects + k * stride, size);
        }
    };
    switch (bytes) {
    case 1:
        return copy(std::integral_constant<std::size_t, 1>{});
    case 2:
        return copy(std::integral_constant<std::size_t, 2>{});
    case 4:
        return copy(std::integral_constant<std::size_t, 4>{});
    case 8:
        return copy(std::integral_constant<std::size_t, 8>{});
    case 16:
        return copy(std::integral_constant<std::size_t, 16>{});
    default:
        for (std::size_t k = 0; k < count; ++k) {
            std::memcpy(out + k * bytes, objects + k * stride, bytes);
        }
    }
}

} // namespace distproc::detail
