// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/describe.hpp>
#include <distproc/core/element.hpp>
#include <distproc/core/named.hpp>
#include <distproc/core/shape.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc {

/// A named constant of a compute, for attributes of the output and for recognising a run.
struct parameter {
    std::string name;                          ///< "tolerance", "outer.inner", "list[2].inner"
    element_kind kind = element_kind::float64; ///< of each element; meaningless for a text
    shape extents;                             ///< none: one element
    std::vector<std::byte> bytes;              ///< the elements, row-major, in this machine's byte order
    std::string text;
    bool is_text = false;

    friend bool operator==(const parameter&, const parameter&) = default;
};

namespace detail {

template <class T>
concept parameter_text = !
std::is_array_v<T>&& std::is_convertible_v<const T&, std::string_view>;

/// std::vector, std::span and the like, of elements.
template <class T>
concept parameter_vector = requires(const T& values) {
                               values.size();
                               requires element<std::remove_cvref_t<decltype(*values.data())>>;
                           };

/// std::vector<bool>, or a list of structs or of texts.
template <class T>
concept parameter_list = requires(const T& values) {
                             values.size();
                             values.begin() != values.end();
                         };

/// The archive that `serialize` of a compute sees: it copies the values of named members. It changes nothing.
class parameter_collector {
public:
    using takes_names = void;
    using is_saving = std::true_type;
    using is_loading = std::false_type;

    explicit parameter_collector(std::vector<parameter>& found) noexcept : found_(found) {}

    template <class Pair>
    parameter_collector& operator&(const Pair& pair) {
        static_assert(name_value_pair<Pair>,
                      "every parameter of a compute needs a name: archive & distproc::named(\"x\", x)");
        if constexpr (name_value_pair<Pair>) {
            add(prefix_ + pair.name(), pair.const_value());
        }
        return *this;
    }
    template <class Pair>
    parameter_collector& operator<<(const Pair& pair) {
        return *this & pair;
    }

private:
    template <class T>
    void add(std::string name, const T& value) {
        using plain = std::remove_cv_t<T>;
        if constexpr (column<plain>) {
            shape extents;
            array_parts<plain>::add_extents(extents);
            add_elements<typename array_parts<plain>::part>(std::move(name), std::move(extents), &value, sizeof(value));
        } else if constexpr (parameter_text<plain>) {
            parameter& p = push(std::move(name));
            p.is_text = true;
            if constexpr (std::is_pointer_v<plain>) {
                p.text = value == nullptr ? "" : value;
            } else {
                p.text = std::string_view(value);
            }
        } else if constexpr (parameter_vector<plain>) {
            using part = std::remove_cvref_t<decltype(*value.data())>;
            add_elements<part>(std::move(name), {value.size()}, value.data(), value.size() * sizeof(part));
        } else if constexpr (visitable<plain, parameter_collector>) {
            const std::string outer = std::exchange(prefix_, std::move(name) + ".");
            visit_members(*this, const_cast<plain&>(value));
            prefix_ = outer;
        } else if constexpr (std::is_same_v<plain, std::vector<bool>>) {
            parameter& p = push(std::move(name));
            p.kind = element_kind::boolean;
            p.extents = {value.size()};
            for (const bool bit : value) {
                p.bytes.push_back(static_cast<std::byte>(bit));
            }
        } else if constexpr (parameter_list<plain>) {
            std::size_t k = 0;
            for (const auto& part : value) {
                add(name + "[" + std::to_string(k++) + "]", part);
            }
        } else {
            static_assert(column<plain>, "a parameter of a compute must be a number, a text, an array, std::vector or "
                                         "std::span of numbers, a struct with a public serialize, or a list of these");
        }
    }

    template <class Part>
    void add_elements(std::string name, shape extents, const void* data, std::size_t bytes) {
        parameter& p = push(std::move(name));
        p.kind = element_kind_of<Part>();
        p.extents = std::move(extents);
        p.bytes.resize(bytes);
        if (bytes != 0) {
            std::memcpy(p.bytes.data(), data, bytes);
        }
    }

    parameter& push(std::string name) {
        found_.emplace_back().name = std::move(name);
        return found_.back();
    }

    std::vector<parameter>& found_;
    std::string prefix_;
};

} // namespace detail

/// The named members of a compute, in the order of its `serialize`; none where it has no `serialize`. Copies every
/// value.
template <class Compute>
[[nodiscard]] std::vector<parameter> parameters_of(const Compute& compute) {
    std::vector<parameter> found;
    if constexpr (detail::visitable<Compute, detail::parameter_collector>) {
        detail::parameter_collector archive(found);
        detail::visit_members(archive, const_cast<Compute&>(compute));
    }
    return found;
}

} // namespace distproc
