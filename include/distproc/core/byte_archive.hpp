// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>
#include <distproc/core/named.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace distproc {
namespace detail {

template <class T>
inline constexpr bool is_vector_or_string = false;
template <class T, class Allocator>
inline constexpr bool is_vector_or_string<std::vector<T, Allocator>> = !std::is_same_v<T, bool>;
template <class C, class Traits, class Allocator>
inline constexpr bool is_vector_or_string<std::basic_string<C, Traits, Allocator>> = true;

/// Values that are their own bytes.
template <class T>
concept plain_bytes = std::is_trivially_copyable_v<T> && !
std::is_pointer_v<T>;

/// What both directions share: an archive as `serialize` expects it, for named and for bare members.
template <class Derived>
class byte_archive {
public:
    using takes_names = void;

    template <class T>
    Derived& operator&(T&& member) {
        auto& self = static_cast<Derived&>(*this);
        if constexpr (name_value_pair<std::remove_cvref_t<T>>) {
            self.value(member.value());
        } else {
            self.value(member);
        }
        return self;
    }

protected:
    /// Hands every part of `object` to the archive.
    template <class T>
    void parts(T& object) {
        auto& self = static_cast<Derived&>(*this);
        if constexpr (visitable<T, Derived>) {
            visit_members(self, object);
        } else if constexpr (is_vector_or_string<T>) {
            using part = typename T::value_type;
            std::size_t count = object.size();
            self.value(count);
            self.resize(object, count);
            if constexpr (plain_bytes<part>) {
                self.plain(object.data(), count);
            } else {
                for (auto& each : object) {
                    self.value(each);
                }
            }
        } else {
            static_assert(plain_bytes<T>,
                          "only numbers, trivially copyable structs, std::string, std::vector and structs with a "
                          "public serialize can be sent to other ranks");
            self.plain(&object, 1);
        }
    }
};

class byte_saver : public byte_archive<byte_saver> {
public:
    using is_saving = std::true_type;
    using is_loading = std::false_type;

    /// `padding`: false leaves out structs without `serialize`, whose bytes may differ where their members do not.
    explicit byte_saver(std::string& to, bool padding = true) noexcept : to_(to), padding_(padding) {}

    template <class T>
    byte_saver& operator<<(const T& member) {
        return *this & const_cast<T&>(member);
    }
    template <class T>
    void value(T& object) {
        parts(object);
    }
    template <class T>
    static void resize(T&, std::size_t) noexcept {}
    template <class T>
    void plain(const T* from, std::size_t count) {
        if (count != 0 && (padding_ || !std::is_class_v<T>)) {
            to_.append(reinterpret_cast<const char*>(from), count * sizeof(T));
        }
    }

private:
    std::string& to_;
    bool padding_;
};

class byte_loader : public byte_archive<byte_loader> {
public:
    using is_saving = std::false_type;
    using is_loading = std::true_type;

    explicit byte_loader(std::string_view& from) noexcept : from_(from) {}

    template <class T>
    byte_loader& operator>>(T&& member) {
        return *this & member;
    }
    template <class T>
    void value(T& object) {
        parts(object);
    }
    template <class T>
    void resize(T& object, std::size_t count) const {
        if (count > from_.size()) { // every part takes at least a byte
            cut_off();
        }
        object.resize(count);
    }
    template <class T>
    void plain(T* to, std::size_t count) {
        if (count > from_.size() / sizeof(T)) {
            cut_off();
        }
        if (count != 0) {
            std::memcpy(static_cast<void*>(to), from_.data(), count * sizeof(T));
            from_.remove_prefix(count * sizeof(T));
        }
    }

private:
    [[noreturn]] static void cut_off() { throw error("a message between ranks is cut off"); }

    std::string_view& from_;
};

} // namespace detail

/// Appends a value's bytes, for a rank of the same program: trivially copyable values as they are, `std::string` and
/// `std::vector` with their lengths, structs with `serialize` member by member. Neither portable nor for files.
template <class T>
void save_bytes(std::string& to, const T& value) {
    detail::byte_saver archive(to);
    archive.value(const_cast<T&>(value));
}

/// Takes a value that `save_bytes` appended from the front of `from`. Throws `error` where bytes are missing.
template <class T>
void load_bytes(std::string_view& from, T& value) {
    detail::byte_loader archive(from);
    archive.value(value);
}

template <class T>
[[nodiscard]] T load_bytes(std::string_view& from) {
    T value{};
    load_bytes(from, value);
    return value;
}

} // namespace distproc
