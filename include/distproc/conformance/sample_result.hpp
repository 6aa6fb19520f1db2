// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/describe.hpp>
#include <distproc/core/random_stream.hpp>
#include <distproc/core/result_text.hpp>

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
                put(member.kind, random(), object + member.offset + at);
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
    template <class T>
    static void store(std::byte* to, T value) {
        std::memcpy(to, &value, sizeof value);
    }
    static void put(element_kind kind, std::uint64_t bits, std::byte* to) {
        const auto number = static_cast<double>(static_cast<std::int64_t>(bits)) / 7;
        switch (kind) {
        case element_kind::boolean:
            store(to, (bits & 1U) != 0);
            break;
        case element_kind::float32:
            store(to, static_cast<float>(number));
            break;
        case element_kind::float64:
            store(to, number);
            break;
        case element_kind::complex64:
            store(to, static_cast<float>(number));
            store(to + sizeof(float), static_cast<float>(-number / 3));
            break;
        case element_kind::complex128:
            store(to, number);
            store(to + sizeof(double), -number / 3);
            break;
        default: // integers: any bits will do
            std::memcpy(to, &bits, element_bytes(kind));
        }
    }

    result_layout layout_ = describe<Result>();
};

} // namespace distproc::conformance
