// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/element.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/list_view.hpp>
#include <distproc/core/named.hpp>
#include <distproc/core/result_layout.hpp>
#include <distproc/core/shape.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace distproc {
namespace detail {

/// What fixed-size arrays, nested to any depth, are made of.
template <class T>
struct array_parts {
    using part = T;
    static void add_extents(shape&) {}
};
template <class T, std::size_t N>
struct array_parts<T[N]> {
    using part = typename array_parts<std::remove_cv_t<T>>::part;
    static void add_extents(shape& extents) {
        extents.push_back(N);
        array_parts<std::remove_cv_t<T>>::add_extents(extents);
    }
};
template <class T, std::size_t N>
    requires(N > 0)
struct array_parts<std::array<T, N>> : array_parts<T[N]> {};

/// An element or a fixed-size array of elements.
template <class T>
concept column = element<typename array_parts<std::remove_cv_t<T>>::part>;

/// The archive that `serialize` sees when a result is described: it notes where each named member lies.
class describer {
public:
    using takes_names = void;
    using is_saving = std::true_type;
    using is_loading = std::false_type;

    describer(result_layout& layout, const void* object) noexcept
        : layout_(layout), base_(reinterpret_cast<std::uintptr_t>(object)) {}

    template <class Pair>
    describer& operator&(const Pair& pair) {
        static_assert(name_value_pair<Pair>,
                      "every member of a result needs a name: archive & distproc::named(\"x\", x)");
        if constexpr (name_value_pair<Pair>) {
            add(pair.name(), pair.const_value());
        }
        return *this;
    }
    template <class Pair>
    describer& operator<<(const Pair& pair) {
        return *this & pair;
    }

    template <class T>
    void add(const char* name, const T& member) {
        using plain = std::remove_cv_t<T>;
        static_assert(
            column<plain> || visitable<plain, describer>,
            "a member of a result must be a number, bool, enum, std::complex<float or double>, a fixed-size array "
            "of these, or a struct with a public serialize; pointers, std::string and std::vector cannot be "
            "written as columns");
        check_name(name);
        if constexpr (column<plain>) {
            add_column<plain>(prefix_ + name, std::addressof(member));
        } else if constexpr (visitable<plain, describer>) {
            const std::size_t outer = prefix_.size();
            prefix_.append(name).append(1, '.');
            visit_members(*this, const_cast<plain&>(member));
            prefix_.resize(outer);
        }
    }

    template <class T>
    void add_column(std::string name, const void* member) {
        using part = typename array_parts<T>::part;
        result_member column{std::move(name), element_kind_of<part>(), {}, 0, layout_.packed_bytes, sizeof(T)};
        array_parts<T>::add_extents(column.extents);
        insert(std::move(column), reinterpret_cast<std::uintptr_t>(member));
    }

private:
    static void check_name(std::string_view name) {
        if (name.empty() || name.find('/') != std::string_view::npos) {
            throw error("a member of a result is named '" + std::string(name) +
                        "'; give it a name that is not empty and has no '/'");
        }
    }

    void insert(result_member column, std::uintptr_t address) {
        column.offset = address - base_;
        if (address < base_ || column.offset + column.bytes > layout_.object_bytes) {
            throw error(
                "member '" + column.name +
                "' of a result does not lie inside it; let serialize name the data member itself, not a copy or "
                "a reference to something else");
        }
        for (const result_member& other : layout_.members) {
            if (other.name == column.name) {
                throw error("two members of a result are named '" + column.name + "'; give each its own name");
            }
        }
        layout_.packed_bytes += column.bytes;
        layout_.members.push_back(std::move(column));
    }

    result_layout& layout_;
    std::uintptr_t base_;
    std::string prefix_;
};

} // namespace detail

/// What sessions may get for an item: an element, a fixed-size array of elements, a trivially copyable struct whose
/// `serialize` names its members, or the view of a list of elements.
template <class R>
concept describable = detail::column<R> || detail::is_list<R> ||
                      (std::is_trivially_copyable_v<R> && std::is_default_constructible_v<R> &&
                       detail::visitable<std::remove_cv_t<R>, detail::describer>);

/// The members of a result, in the order of its `serialize`, from one value-initialised object. Depends on the type
/// only, so it is equal on all ranks. Throws `error`, naming the member: outside the object, or with a name that is
/// empty, taken or holds '/'; and where there is no member at all.
template <class Result>
[[nodiscard]] result_layout describe() {
    using object = std::remove_cv_t<Result>;
    constexpr bool is_column = detail::column<object>;
    constexpr bool is_record = detail::visitable<object, detail::describer>;
    static_assert(std::is_trivially_copyable_v<object>,
                  "a result must be trivially copyable, because it travels between ranks as bytes: give it numbers and "
                  "fixed-size arrays, no std::string, std::vector or other owner of memory");
    static_assert(std::is_default_constructible_v<object>,
                  "a result must be default constructible: give it a constructor without arguments");
    static_assert(
        is_column || is_record || detail::is_list<object>,
        "a result must be a number, a fixed-size array of numbers, or a struct that names its members: template "
        "<class Archive> void serialize(Archive& archive, unsigned) { archive & distproc::named(\"x\", x); }");

    result_layout layout;
    layout.object_bytes = sizeof(object);
    if constexpr (detail::is_list<object>) {
        using value = detail::list_value_t<object>;
        layout.record = layout.lists = true;
        layout.packed_bytes = sizeof(value);
        layout.members.push_back({"values", element_kind_of<value>(), {}, 0, 0, sizeof(value)});
    } else if constexpr (is_column) {
        detail::describer archive(layout, nullptr);
        archive.template add_column<object>({}, nullptr);
    } else if constexpr (is_record && std::is_default_constructible_v<object>) {
        object sample{};
        detail::describer archive(layout, std::addressof(sample));
        layout.record = true;
        detail::visit_members(archive, sample);
        if (layout.members.empty()) {
            throw error(
                "the serialize of a result names no member; name at least one: archive & distproc::named(\"x\", x)");
        }
    }
    return layout;
}

/// The layout of arrays of elements `Result`, of a shape known at run time. Throws `error` where that holds no element,
/// or does not fit into memory.
template <element Result>
[[nodiscard]] result_layout describe_arrays(const shape& extents) {
    result_layout layout = describe<Result>();
    layout.per_item = volume(extents);
    if (layout.per_item == 0 || layout.per_item > std::numeric_limits<std::size_t>::max() / 2 / sizeof(Result)) {
        throw error(
            "result_shape states results of " + to_string(extents) +
            (layout.per_item == 0 ? ", which hold nothing; state extents above 0" : ", which no memory can hold"));
    }
    result_member& elements = layout.members.front();
    elements.extents = extents;
    elements.bytes *= layout.per_item;
    layout.object_bytes = layout.packed_bytes = elements.bytes;
    return layout;
}

} // namespace distproc
