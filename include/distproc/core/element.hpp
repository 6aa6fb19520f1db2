// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace distproc {

/// The smallest parts that inputs, results and parameters are made of.
enum class element_kind : std::uint8_t {
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float32,
    float64,
    complex64,  ///< two float32: real, imaginary
    complex128, ///< two float64: real, imaginary
};

/// Bytes of one element in memory and in a packed record.
[[nodiscard]] constexpr std::size_t element_bytes(element_kind kind) noexcept {
    switch (kind) {
    case element_kind::boolean:
    case element_kind::int8:
    case element_kind::uint8:
        return 1;
    case element_kind::int16:
    case element_kind::uint16:
        return 2;
    case element_kind::int32:
    case element_kind::uint32:
    case element_kind::float32:
        return 4;
    case element_kind::int64:
    case element_kind::uint64:
    case element_kind::float64:
    case element_kind::complex64:
        return 8;
    case element_kind::complex128:
        return 16;
    }
    return 0;
}

/// numpy's name of the kind: "bool", "int8" ... "complex128".
[[nodiscard]] constexpr std::string_view to_string(element_kind kind) noexcept {
    switch (kind) {
    case element_kind::boolean:
        return "bool";
    case element_kind::int8:
        return "int8";
    case element_kind::int16:
        return "int16";
    case element_kind::int32:
        return "int32";
    case element_kind::int64:
        return "int64";
    case element_kind::uint8:
        return "uint8";
    case element_kind::uint16:
        return "uint16";
    case element_kind::uint32:
        return "uint32";
    case element_kind::uint64:
        return "uint64";
    case element_kind::float32:
        return "float32";
    case element_kind::float64:
        return "float64";
    case element_kind::complex64:
        return "complex64";
    case element_kind::complex128:
        return "complex128";
    }
    return "unknown";
}

namespace detail {

template <class T>
inline constexpr bool is_complex_element = false;
template <>
inline constexpr bool is_complex_element<std::complex<float>> = true;
template <>
inline constexpr bool is_complex_element<std::complex<double>> = true;

template <class T>
inline constexpr bool is_real_element = std::is_same_v<T, float> || std::is_same_v<T, double>;

template <class T>
struct fits_64_bits : std::bool_constant<sizeof(T) <= 8> {};

template <class T>
inline constexpr bool is_integer_element = std::conjunction_v<std::is_integral<T>, fits_64_bits<T>>;

template <class T>
constexpr element_kind integer_kind() noexcept {
    constexpr auto first = std::is_signed_v<T> ? element_kind::int8 : element_kind::uint8;
    constexpr int power = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return static_cast<element_kind>(static_cast<int>(first) + power);
}

} // namespace detail

/// bool, integers of at most 64 bits, character types, float, double, std::complex of these two, and enums.
template <class T>
concept element = std::is_same_v<T, std::remove_cv_t<T>> &&
                  (detail::is_integer_element<T> || std::is_enum_v<T> || detail::is_real_element<T> ||
                   detail::is_complex_element<T>);

/// The kind of a type; an enum has the kind of its underlying type.
template <element T>
[[nodiscard]] constexpr element_kind element_kind_of() noexcept {
    static_assert(sizeof(bool) == 1, "distproc writes a bool as one byte");
    if constexpr (std::is_same_v<T, bool>) {
        return element_kind::boolean;
    } else if constexpr (std::is_enum_v<T>) {
        return element_kind_of<std::underlying_type_t<T>>();
    } else if constexpr (std::is_integral_v<T>) {
        return detail::integer_kind<T>();
    } else if constexpr (detail::is_real_element<T>) {
        return sizeof(T) == 4 ? element_kind::float32 : element_kind::float64;
    } else {
        return sizeof(T) == 8 ? element_kind::complex64 : element_kind::complex128;
    }
}

} // namespace distproc
