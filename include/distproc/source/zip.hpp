// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/aligned_buffer.hpp>
#include <distproc/core/error.hpp>
#include <distproc/core/shape.hpp>
#include <distproc/source/as_source.hpp>
#include <distproc/source/concepts.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace distproc {

/// Several open sources side by side. `Opened`: each a source, or a reference to it.
template <class... Opened>
class zipped_items {
    using fetched = std::tuple<detail::fetched_t<Opened>...>;

public:
    using item = std::tuple<typename std::remove_cvref_t<Opened>::item...>;
    static constexpr bool reads_beside_writes = (distproc::reads_beside_writes<std::remove_cvref_t<Opened>> && ...);

    /// Opens in the order of the arguments. Throws `error` where their numbers of items differ.
    template <class... Policies>
    explicit zipped_items(const std::tuple<Policies...>& policies)
        : parts_(std::apply([](const auto&... policy) { return std::tuple<Opened...>{policy.open()...}; }, policies)) {
        const auto& first = std::get<0>(parts_);
        each([&](const auto& part) {
            if (volume(part.items()) != volume(first.items())) {
                throw error("zip_source: '" + first.description() + "' has " + std::to_string(volume(first.items())) +
                            " items, but '" + part.description() + "' has " + std::to_string(volume(part.items())) +
                            "; zipped sources need equal numbers of items (select can cut one)");
            }
        });
    }

    /// Those of the first source.
    [[nodiscard]] shape items() const { return std::get<0>(parts_).items(); }
    [[nodiscard]] std::string description() const {
        std::string text;
        each([&](const auto& part) { text += (text.empty() ? "" : ", ") + part.description(); });
        return "zip of " + text;
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> all;
        each([&](const auto& part) {
            for (const std::string& file : part.files()) {
                all.push_back(file);
            }
        });
        return all;
    }
    /// One buffer for each source, each at an aligned address.
    [[nodiscard]] std::size_t staging_bytes(std::size_t capacity) const {
        std::size_t bytes = 0;
        each([&](const auto& part) { bytes += round_up(part.staging_bytes(capacity)); });
        return bytes;
    }
    /// The most that any of them asks for.
    [[nodiscard]] std::size_t block_bytes() const {
        std::size_t most = 0;
        each([&](const auto& part) { most = std::max(most, block_bytes_of(part)); });
        return most;
    }
    /// The most that any of them has, though those of another one may end elsewhere.
    [[nodiscard]] std::size_t run_items() const {
        std::size_t most = 1;
        each([&](const auto& part) { most = std::max(most, run_items_of(part)); });
        return most;
    }
    [[nodiscard]] bool concurrent_reads() const {
        bool all = true;
        each([&](const auto& part) { all = all && reads_concurrently(part); });
        return all;
    }
    std::size_t read(std::size_t first, std::size_t count, const staging& s, std::size_t slot) {
        return read_parts(first, count, s, slot, indices{});
    }
    [[nodiscard]] fetched at(std::size_t index, const staging& s, std::size_t slot) const {
        return parts_at(index, s, slot, indices{});
    }

private:
    using indices = std::index_sequence_for<Opened...>;

    template <class Use>
    void each(Use&& use) const {
        std::apply([&](const auto&... part) { (use(part), ...); }, parts_);
    }

    /// Where the buffer of each source lies; null for those that need none.
    [[nodiscard]] std::array<staging, sizeof...(Opened)> split(const staging& s) const {
        std::array<staging, sizeof...(Opened)> buffers;
        std::size_t k = 0;
        std::size_t offset = 0;
        each([&](const auto& part) {
            const std::size_t bytes = part.staging_bytes(s.capacity);
            buffers[k++] = {bytes == 0 ? nullptr : s.data + offset, s.capacity};
            offset += round_up(bytes);
        });
        return buffers;
    }
    template <std::size_t... K>
    std::size_t read_parts(std::size_t first, std::size_t count, const staging& s, std::size_t slot,
                           std::index_sequence<K...>) {
        const auto buffers = split(s);
        return (std::get<K>(parts_).read(first, count, buffers[K], slot) + ...);
    }
    template <std::size_t... K>
    [[nodiscard]] fetched parts_at(std::size_t index, const staging& s, std::size_t slot,
                                   std::index_sequence<K...>) const {
        const auto buffers = split(s);
        return fetched{std::get<K>(parts_).at(index, buffers[K], slot)...};
    }

    std::tuple<Opened...> parts_;
};

namespace detail {

/// The policy of a source; what is none stays as it is, for `zip_source` to refuse.
template <class Source>
struct zipped_policy {
    using type = std::remove_cvref_t<Source>;
};
template <source Source>
struct zipped_policy<Source> {
    using type = as_source_t<Source>;
};

} // namespace detail

/// Several sources or ranges of equal length: `zip_source(images, hdf5_source<float>{"dark.h5", "/dark"})`. An item is
/// the tuple of their items; a compute takes the tuple, or its parts as arguments. The item axes are those of the
/// first.
template <class... Policies>
class zip_source {
    static_assert((source_policy<Policies> && ...),
                  "zip_source: an argument is no source; give it sized random-access ranges (std::vector, std::span, "
                  "std::views::iota) or source policies such as hdf5_source");

public:
    static_assert(sizeof...(Policies) > 0, "zip_source needs at least one source");

    template <class... Sources>
        requires(sizeof...(Sources) == sizeof...(Policies) && (source<Sources> && ...) &&
                 !(std::same_as<std::remove_cvref_t<Sources>, zip_source> && ...))
    explicit zip_source(Sources&&... sources) : policies_(as_source(std::forward<Sources>(sources))...) {}

    [[nodiscard]] auto open() const {
        return zipped_items<decltype(std::declval<const Policies&>().open())...>(policies_);
    }

private:
    std::tuple<Policies...> policies_;
};

template <class... Sources>
zip_source(Sources&&...) -> zip_source<typename detail::zipped_policy<Sources>::type...>;

} // namespace distproc
