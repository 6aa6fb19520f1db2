// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>
#include <distproc/core/result_layout.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace distproc {
namespace detail {

template <class Number>
Number load_element(const std::byte* from) noexcept {
    Number value{};
    std::memcpy(&value, from, sizeof(value));
    return value;
}

template <class Number>
void append_number(std::string& text, const std::byte* from) {
    char digits[64];
    text.append(digits, std::to_chars(digits, digits + sizeof(digits), load_element<Number>(from)).ptr);
}

template <class Real>
void append_complex(std::string& text, const std::byte* from) {
    append_number<Real>(text, from);
    std::string imaginary;
    append_number<Real>(imaginary, from + sizeof(Real));
    text.append(imaginary.front() == '-' ? "" : "+").append(imaginary).append("i");
}

inline void append_element(std::string& text, element_kind kind, const std::byte* from) {
    switch (kind) {
    case element_kind::boolean:
        text += *from == std::byte{0} ? "false" : "true";
        break;
    case element_kind::int8:
        append_number<std::int8_t>(text, from);
        break;
    case element_kind::int16:
        append_number<std::int16_t>(text, from);
        break;
    case element_kind::int32:
        append_number<std::int32_t>(text, from);
        break;
    case element_kind::int64:
        append_number<std::int64_t>(text, from);
        break;
    case element_kind::uint8:
        append_number<std::uint8_t>(text, from);
        break;
    case element_kind::uint16:
        append_number<std::uint16_t>(text, from);
        break;
    case element_kind::uint32:
        append_number<std::uint32_t>(text, from);
        break;
    case element_kind::uint64:
        append_number<std::uint64_t>(text, from);
        break;
    case element_kind::float32:
        append_number<float>(text, from);
        break;
    case element_kind::float64:
        append_number<double>(text, from);
        break;
    case element_kind::complex64:
        append_complex<float>(text, from);
        break;
    case element_kind::complex128:
        append_complex<double>(text, from);
        break;
    }
}

/// The elements below one index of the axes from `axis` on; returns the address behind them.
inline const std::byte* append_array(std::string& text, element_kind kind, const shape& extents, std::size_t axis,
                                     const std::byte* from) {
    if (axis == extents.size()) {
        append_element(text, kind, from);
        return from + element_bytes(kind);
    }
    text += '[';
    for (std::size_t i = 0; i < extents[axis]; ++i) {
        text += i == 0 ? "" : ", ";
        from = append_array(text, kind, extents, axis + 1, from);
    }
    text += ']';
    return from;
}

} // namespace detail

/// Elements as text: "1.5", "[1, 2]", "[[1, 2], [3, 4]]". Numbers have as many digits as they need to be read back
/// exactly, whatever the locale.
[[nodiscard]] inline std::string to_text(element_kind kind, const shape& extents, const std::byte* elements) {
    std::string text;
    detail::append_array(text, kind, extents, 0, elements);
    return text;
}

/// One result as text: "amplitude = 1.5, offset = 2"; a bare element or array without a name.
[[nodiscard]] inline std::string to_text(const result_layout& layout, const std::byte* object) {
    std::string text;
    for (const result_member& member : layout.members) {
        text += text.empty() ? "" : ", ";
        text += member.name.empty() ? "" : member.name + " = ";
        detail::append_array(text, member.kind, member.extents, 0, object + member.offset);
    }
    return text;
}

} // namespace distproc
