// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/element.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/shape.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace distproc {

/// What a session is given of a compute that fills an array of `Element` and returns a `Record`: a piece of a result.
/// `plan::result.per_item` of these make one result, the array first; only `plan::result` says what lies where. Pieces
/// of 64 bytes keep each array at an aligned address.
template <class Element, class Record>
struct array_record {
    using element_type = Element;
    using record_type = Record;

    std::byte bytes[hand_over_alignment];

    /// Where the record lies behind an array of so many bytes.
    [[nodiscard]] static constexpr std::size_t record_offset(std::size_t array_bytes) noexcept {
        return round_up(array_bytes, alignof(Record));
    }
};

namespace detail {

template <class Result>
inline constexpr bool is_array_record = false;
template <class Element, class Record>
inline constexpr bool is_array_record<array_record<Element, Record>> = true;

/// What a compute may return beside the array that it fills: a struct that names its members.
template <class Record>
concept describable_record = describable<Record> && !
column<Record>;

template <class Result>
inline constexpr bool storable_beside_array = true;
template <class Element, class Record>
inline constexpr bool storable_beside_array<array_record<Element, Record>> = describable_record<Record>;

} // namespace detail

/// The layout of arrays of `Element`, of a shape known at run time, each with a `Record` behind it: the member `name`,
/// then those of `Record`. Throws `error` as `describe` and `describe_arrays` do, and where `Record` has a member of
/// that name.
template <element Element, class Record>
[[nodiscard]] result_layout describe_array_records(const shape& extents, std::string_view name) {
    using unit = array_record<Element, Record>;
    result_layout layout = describe_arrays<Element>(extents);
    if (name.empty() || name.find('/') != std::string_view::npos) {
        throw error("the result_name of a compute is '" + std::string(name) +
                    "'; give it a name that is not empty and has no '/'");
    }
    layout.record = true;
    layout.members.front().name = name;
    const std::size_t behind = unit::record_offset(layout.object_bytes);
    const result_layout fixed = describe<Record>();
    for (result_member member : fixed.members) {
        if (member.name == name) {
            throw error("the array of a result and one of its members are both named '" + member.name +
                        "'; give the compute another result_name");
        }
        member.offset += behind;
        member.packed_offset += layout.packed_bytes;
        layout.members.push_back(std::move(member));
    }
    layout.packed_bytes += fixed.packed_bytes;
    layout.object_bytes = round_up(behind + fixed.object_bytes, sizeof(unit));
    layout.per_item = layout.object_bytes / sizeof(unit);
    return layout;
}

} // namespace distproc
