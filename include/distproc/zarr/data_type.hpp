// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>
#include <distproc/zarr/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace distproc::zarr {

static_assert(std::endian::native == std::endian::little, "distproc writes Zarr arrays on little-endian machines only");

/// Zarr v3 core, section "Data types": the names are numpy's.
[[nodiscard]] inline std::optional<element_kind> kind_of_name(std::string_view name) noexcept {
    for (int k = 0; k <= static_cast<int>(element_kind::complex128); ++k) {
        if (to_string(static_cast<element_kind>(k)) == name) {
            return static_cast<element_kind>(k);
        }
    }
    return {};
}

[[nodiscard]] constexpr bool is_complex(element_kind kind) noexcept {
    return kind == element_kind::complex64 || kind == element_kind::complex128;
}

/// Bytes of the numbers that have a byte order: half an element where it is complex.
[[nodiscard]] constexpr std::size_t word_bytes(element_kind kind) noexcept {
    return is_complex(kind) ? element_bytes(kind) / 2 : element_bytes(kind);
}

/// Turns the bytes of each word round.
inline void swap_words(std::span<std::byte> bytes, std::size_t word) noexcept {
    for (std::size_t at = 0; word > 1 && at + word <= bytes.size(); at += word) {
        std::reverse(bytes.data() + at, bytes.data() + at + word);
    }
}

/// Calls `use` with a value of the C++ type of a kind that is not complex.
template <class Use>
auto with_type(element_kind kind, Use&& use) {
    switch (kind) {
    case element_kind::boolean:
        return use(bool{});
    case element_kind::int8:
        return use(std::int8_t{});
    case element_kind::int16:
        return use(std::int16_t{});
    case element_kind::int32:
        return use(std::int32_t{});
    case element_kind::int64:
        return use(std::int64_t{});
    case element_kind::uint8:
        return use(std::uint8_t{});
    case element_kind::uint16:
        return use(std::uint16_t{});
    case element_kind::uint32:
        return use(std::uint32_t{});
    case element_kind::uint64:
        return use(std::uint64_t{});
    case element_kind::float32:
    case element_kind::complex64:
        return use(float{});
    case element_kind::float64:
    case element_kind::complex128:
        break;
    }
    return use(double{});
}

namespace detail {

/// Zarr v3 core, section "Fill value", of floats: numbers, "NaN", "Infinity", "-Infinity", or their bits as "0x...".
template <class T>
[[nodiscard]] std::optional<T> parse_float(const json& value) {
    if (value.is_number()) {
        const auto wide = value.get<double>();
        if (std::abs(wide) > static_cast<double>(std::numeric_limits<T>::max())) {
            return {};
        }
        return static_cast<T>(wide);
    }
    const std::string text = value.is_string() ? value.get<std::string>() : std::string();
    if (text == "NaN") {
        return std::numeric_limits<T>::quiet_NaN();
    }
    if (text == "Infinity" || text == "-Infinity") {
        return text[0] == '-' ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
    }
    if (text.size() == 2 + 2 * sizeof(T) && text.starts_with("0x")) {
        using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        bits pattern = 0;
        const auto [end, code] = std::from_chars(text.data() + 2, text.data() + text.size(), pattern, 16);
        if (code == std::errc() && end == text.data() + text.size()) {
            return std::bit_cast<T>(pattern);
        }
    }
    return {};
}

template <class T>
[[nodiscard]] std::optional<T> parse_number(const json& value) {
    if constexpr (std::is_same_v<T, bool>) {
        return value.is_boolean() ? std::optional<T>(value.get<bool>()) : std::nullopt;
    } else if constexpr (std::is_floating_point_v<T>) {
        return parse_float<T>(value);
    } else if (value.is_number_unsigned()) {
        const auto wide = value.get<std::uint64_t>();
        const auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
        return wide <= most ? std::optional<T>(static_cast<T>(wide)) : std::nullopt;
    } else if (value.is_number_integer()) {
        const auto wide = value.get<std::int64_t>();
        const bool fits = std::is_signed_v<T> && wide >= static_cast<std::int64_t>(std::numeric_limits<T>::min());
        return fits ? std::optional<T>(static_cast<T>(wide)) : std::nullopt;
    } else {
        return {};
    }
}

} // namespace detail

/// The bytes of one element, little endian; nothing where the value does not fit the kind.
[[nodiscard]] inline std::optional<std::vector<std::byte>> parse_element(element_kind kind, const json& value) {
    return with_type(kind, [&](auto sample) -> std::optional<std::vector<std::byte>> {
        using part = decltype(sample);
        std::vector<std::byte> bytes(element_bytes(kind));
        const std::size_t parts = is_complex(kind) ? 2 : 1;
        if (is_complex(kind) && (!value.is_array() || value.size() != 2)) {
            return {};
        }
        for (std::size_t k = 0; k < parts; ++k) {
            const std::optional<part> number = detail::parse_number<part>(is_complex(kind) ? value[k] : value);
            if (!number) {
                return {};
            }
            std::memcpy(bytes.data() + k * sizeof(part), &*number, sizeof(part));
        }
        return bytes;
    });
}

/// One element as JSON: floats that JSON has no number for as "NaN", "Infinity", "-Infinity", complex numbers as a
/// pair.
[[nodiscard]] inline json to_json(element_kind kind, const std::byte* element) {
    return with_type(kind, [&](auto sample) {
        using part = decltype(sample);
        const auto number = [&](std::size_t k) -> json {
            part value{};
            std::memcpy(&value, element + k * sizeof(part), sizeof(part));
            if constexpr (std::is_floating_point_v<part>) {
                if (!std::isfinite(value)) {
                    return std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
                }
            }
            return value;
        };
        return is_complex(kind) ? json::array({number(0), number(1)}) : number(0);
    });
}

/// An array of elements as nested lists; one element without extents.
[[nodiscard]] inline json to_json(element_kind kind, std::span<const std::size_t> extents, const std::byte* elements) {
    if (extents.empty()) {
        return to_json(kind, elements);
    }
    std::size_t step = element_bytes(kind);
    for (const std::size_t extent : extents.subspan(1)) {
        step *= extent;
    }
    json list = json::array();
    for (std::size_t k = 0; k < extents[0]; ++k) {
        list.push_back(to_json(kind, extents.subspan(1), elements + k * step));
    }
    return list;
}

} // namespace distproc::zarr
