// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/core/element.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

using distproc::element;
using distproc::element_kind;
using distproc::element_kind_of;

namespace {
enum plain_enum : unsigned short { first };
enum class flag : bool { off, on };
struct not_an_element {
    double value;
};

template <class T>
constexpr bool fits = distproc::element_bytes(element_kind_of<T>()) == sizeof(T);
} // namespace

static_assert(element_kind_of<bool>() == element_kind::boolean);
static_assert(element_kind_of<signed char>() == element_kind::int8);
static_assert(element_kind_of<unsigned char>() == element_kind::uint8);
static_assert(element_kind_of<char>() == (std::is_signed_v<char> ? element_kind::int8 : element_kind::uint8));
static_assert(element_kind_of<char16_t>() == element_kind::uint16);
static_assert(element_kind_of<short>() == element_kind::int16);
static_assert(element_kind_of<int>() == element_kind::int32);
static_assert(element_kind_of<unsigned>() == element_kind::uint32);
static_assert(element_kind_of<std::int64_t>() == element_kind::int64);
static_assert(element_kind_of<std::size_t>() == element_kind::uint64);
static_assert(element_kind_of<long long>() == element_kind::int64);
static_assert(element_kind_of<float>() == element_kind::float32);
static_assert(element_kind_of<double>() == element_kind::float64);
static_assert(element_kind_of<std::complex<float>>() == element_kind::complex64);
static_assert(element_kind_of<std::complex<double>>() == element_kind::complex128);
static_assert(element_kind_of<plain_enum>() == element_kind::uint16);
static_assert(element_kind_of<flag>() == element_kind::boolean);
static_assert(element_kind_of<std::byte>() == element_kind::uint8);

static_assert(fits<bool> && fits<char> && fits<short> && fits<int> && fits<long> && fits<long long> && fits<float> &&
              fits<double> && fits<std::complex<float>> && fits<std::complex<double>> && fits<wchar_t>);

static_assert(!element<long double> && !element<std::complex<long double>> && !element<int*> && !element<std::string> &&
              !element<not_an_element> && !element<std::array<int, 2>> && !element<int[2]> && !element<void> &&
              !element<const int> && !element<int&>);

TEST_CASE("kinds have numpy's names") {
    CHECK(to_string(element_kind::boolean) == "bool");
    CHECK(to_string(element_kind::uint16) == "uint16");
    CHECK(to_string(element_kind::float64) == "float64");
    CHECK(to_string(element_kind::complex128) == "complex128");
}
