// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/describe.hpp>
#include <distproc/core/random_stream.hpp>
#include <distproc/core/result_text.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace distproc::conformance {

/// A result of any describable type, made of an item's index: finite numbers of either sign in every element.
template <class Result>
class sample_results {
public:
    [[nodiscard]] Result operator()(std::size_t item) const {
        Result result{};
        random_stream random(layout_.packed_bytes, item);
        auto* object = reinterpret_cast<std::byte*>(&result);
        for (const result_member& member : layout_.members) {
            const std::size_t bytes = element_bytes(member.kind);
            for (std::size_t at = 0; at < member.bytes; at += bytes) {
                std::memcpy(object + member.offset + at, element(member.kind, random()).data(), bytes);
            }
        }
        return result;
    }

    /// Whether all members have the same bits; padding may differ.
    [[nodiscard]] bool same(const Result& a, const Result& b) const {
        std::vector<std::byte> first(layout_.packed_bytes), second(layout_.packed_bytes);
        layout_.pack(reinterpret_cast<const std::byte*>(&a), 1, first.data());
        layout_.pack(reinterpret_cast<const std::byte*>(&b), 1, second.data());
        return first == second;
    }
    [[nodiscard]] std::string text(const Result& result) const {
        return to_text(layout_, reinterpret_cast<const std::byte*>(&result));
    }

private:
    using bytes_of_element = std::array<std::byte, 16>;

    template <class... Parts>
    static bytes_of_element pack(Parts... parts) {
        bytes_of_element bytes{};
        std::size_t at = 0;
        ((std::memcpy(bytes.data() + at, &parts, sizeof parts), at += sizeof parts), ...);
        return bytes;
    }
    static bytes_of_element element(element_kind kind, std::uint64_t bits) {
        const auto number = static_cast<double>(static_cast<std::int64_t>(bits)) / 7;
        switch (kind) {
        case element_kind::boolean:
            return pack((bits & 1U) != 0);
        case element_kind::float32:
            return pack(static_cast<float>(number));
        case element_kind::float64:
            return pack(number);
        case element_kind::complex64:
            return pack(static_cast<float>(number), static_cast<float>(-number / 3));
        case element_kind::complex128:
            return pack(number, -number / 3);
        default:
            return pack(bits); // integers: any bits will do
        }
    }

    result_layout layout_ = describe<Result>();
};

} // namespace distproc::conformance
