// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>

namespace distproc {

/// A data member and its name, as `serialize` hands it to an archive. Refers to the member.
template <class T>
class named_value {
public:
    constexpr named_value(const char* name, T& value) noexcept : name_(name), value_(std::addressof(value)) {}

    [[nodiscard]] constexpr const char* name() const noexcept { return name_; }
    [[nodiscard]] constexpr T& value() const noexcept { return *value_; }
    [[nodiscard]] constexpr const T& const_value() const noexcept { return *value_; }

    /// Lets archives that know no names (Boost's text, binary and MPI archives) save or load the value.
    template <class Archive>
        requires(!requires { typename Archive::takes_names; })
    friend Archive& operator&(Archive& archive, const named_value& pair) {
        archive& pair.value();
        return archive;
    }

private:
    const char* name_;
    T* value_;
};

/// `archive & named("amplitude", amplitude)`: names a member of a result or of a compute. The name becomes a column or
/// an attribute of the output. BOOST_SERIALIZATION_NVP(amplitude) says the same to whoever has Boost.
template <class T>
[[nodiscard]] constexpr named_value<T> named(const char* name, T& value) noexcept {
    return {name, value};
}

/// `archive & DISTPROC_NAMED(amplitude)`: a member under its own name.
#define DISTPROC_NAMED(member) ::distproc::named(#member, member)

namespace detail {

/// What `named` and Boost's nvp have in common.
template <class P>
concept name_value_pair = requires(const P& pair) {
                              { pair.name() } -> std::convertible_to<const char*>;
                              pair.value();
                              pair.const_value();
                          };

template <class T, class Archive>
concept has_member_serialize =
    std::is_class_v<T> && requires(T& object, Archive& archive) { object.serialize(archive, 0U); };

template <class T, class Archive>
concept has_free_serialize =
    std::is_class_v<T> && requires(T& object, Archive& archive) { serialize(archive, object, 0U); };

/// A class whose members an archive can visit: `object.serialize(archive, 0u)`, or a function `serialize(archive,
/// object, 0u)` in the namespace of the class.
template <class T, class Archive>
concept visitable = has_member_serialize<T, Archive> || has_free_serialize<T, Archive>;

/// Lets an archive visit the members of an object. An archive of ours never changes it.
template <class Archive, class T>
    requires visitable<T, Archive>
void visit_members(Archive& archive, T& object) {
    if constexpr (has_member_serialize<T, Archive>) {
        object.serialize(archive, 0U);
    } else {
        serialize(archive, object, 0U);
    }
}

} // namespace detail
} // namespace distproc
