// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/checkpoint/fingerprint.hpp>
#include <distproc/core/agree.hpp>
#include <distproc/core/byte_archive.hpp>
#include <distproc/core/compute.hpp>
#include <distproc/core/crc32c.hpp>
#include <distproc/core/describe.hpp>
#include <distproc/core/exception_text.hpp>
#include <distproc/core/machine.hpp>
#include <distproc/core/options.hpp>
#include <distproc/core/parameters.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/flow/hand_over.hpp>
#include <distproc/flow/slot_exchange.hpp>
#include <distproc/source/concepts.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <vector>

namespace distproc::detail {

template <class T>
inline constexpr bool is_tuple = false;
template <class... Parts>
inline constexpr bool is_tuple<std::tuple<Parts...>> = true;
/// Collects the content of items as bytes: numbers, structs that name their members, and ranges and tuples of these.
/// What else it is given it leaves out, and says so.
class content_collector {
public:
    using takes_names = void;
    using is_saving = std::true_type;
    using is_loading = std::false_type;

    std::string bytes;
    bool complete = true; ///< nothing was left out

    template <class T>
    content_collector& operator&(const T& member) {
        if constexpr (name_value_pair<T>) {
            add(member.const_value());
        } else {
            add(member);
        }
        return *this;
    }
    template <class T>
    content_collector& operator<<(const T& member) {
        return *this & member;
    }

    template <class T>
    void add(const T& item) {
        if constexpr (column<T>) {
            bytes.append(reinterpret_cast<const char*>(&item), sizeof item);
        } else if constexpr (is_tuple<T>) {
            std::apply([&](const auto&... part) { (add(part), ...); }, item);
        } else if constexpr (visitable<T, content_collector>) {
            visit_members(*this, const_cast<T&>(item));
        } else if constexpr (std::ranges::sized_range<const T>) {
            add(std::size_t{std::ranges::size(item)});
            if constexpr (std::ranges::contiguous_range<const T> && column<std::ranges::range_value_t<const T>>) {
                bytes.append(reinterpret_cast<const char*>(std::ranges::data(item)),
                             std::ranges::size(item) * sizeof(std::ranges::range_value_t<const T>));
            } else {
                for (const auto& each : item) {
                    add(each);
                }
            }
        } else {
            complete = false;
        }
    }
};

/// How many items, and a checksum of those in up to 16 blocks of 64 KiB, spread evenly over the source; all of them
/// where they take no more than that. Of a range that makes its items when they are asked for: of 16 in each block.
/// Reads them. Empty where the content cannot be seen.
template <class Opened>
[[nodiscard]] std::string content_of(Opened& source) {
    const std::size_t n = volume(source.items());
    const std::size_t staged = (source.staging_bytes(64) + 63) / 64;
    const std::size_t each = std::max<std::size_t>(1, staged != 0 ? staged : sizeof(typename Opened::item));
    constexpr std::size_t most_blocks = 16;
    constexpr std::size_t most_bytes = std::size_t{64} << 10U; // of a block
    constexpr bool made_now =
        !std::is_reference_v<fetched_t<Opened>> && !std::ranges::contiguous_range<gathered_t<fetched_t<Opened>>>;
    const std::size_t wanted = made_now && staged == 0 ? 16 : most_bytes / each;
    const std::size_t length = std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(1, n));
    const std::size_t blocks = std::min(most_blocks, (n + length - 1) / length);
    const bool all = blocks * length >= n;
    hand_over<fetched_t<Opened>> give;
    block_slot<std::byte> slot;
    content_collector content;
    std::uint32_t sum = 0;
    bool whole = all;
    for (std::size_t b = 0; b < blocks; ++b) {
        const std::size_t first =
            all ? b * length
                : static_cast<std::size_t>(static_cast<double>(n - length) * static_cast<double>(b) /
                                           static_cast<double>(blocks - 1));
        const std::size_t count = std::min(length, n - first);
        slot.clear();
        slot.add({first, first + count});
        slot.reserve_input(source.staging_bytes(count));
        (void)source.read(first, count, slot.stage, 0);
        content.bytes.clear();
        for (std::size_t k = 0; k < count; ++k) {
            if (content.bytes.size() >= most_bytes) { // items that own more than their own bytes
                whole = false;
                break;
            }
            content.add(give(source.at(first + k, slot.stage, k)));
        }
        sum = crc32c(std::as_bytes(std::span(content.bytes)), sum);
    }
    return content.complete ? to_string(source.items()) + " items, " + (whole ? "" : "sampled ") + checksum_text(sum)
                            : std::string();
}

template <class Compute>
concept has_version = requires {
                          { Compute::version } -> std::convertible_to<std::string_view>;
                      } || requires { requires std::integral<std::remove_cvref_t<decltype(Compute::version)>>; };

template <class Compute>
concept wraps_a_callable = requires(const Compute& c) { c.wrapped(); };

/// Whether all that a compute depends on can be seen: it has nothing, or names it in `serialize`, or vouches for itself
/// with a version.
template <class Compute>
consteval bool state_is_visible() {
    if constexpr (wraps_a_callable<Compute>) {
        return state_is_visible<std::remove_cvref_t<decltype(std::declval<const Compute&>().wrapped())>>();
    } else {
        return std::is_empty_v<Compute> || visitable<Compute, parameter_collector> || has_version<Compute>;
    }
}

template <class Compute>
[[nodiscard]] std::string compute_lines(const Compute& compute) {
    std::string text;
    if constexpr (has_version<Compute>) {
        if constexpr (std::is_convertible_v<decltype(Compute::version), std::string_view>) {
            text += "version: " + std::string(std::string_view(Compute::version)) + '\n';
        } else {
            text += "version: " + std::to_string(static_cast<long long>(Compute::version)) + '\n';
        }
    }
    for (const parameter& p : parameters_of(compute)) {
        text += "parameter " + p.name + ": " + fingerprint_value(p) + '\n';
    }
    if constexpr (wraps_a_callable<Compute>) {
        text += compute_lines(compute.wrapped());
    }
    return text;
}

/// The fingerprint of the work, or why it has none. Reads a sample of the source.
template <class Opened, class Compute>
void recognise(plan& what, Opened& source, const Compute& compute, std::uint64_t seed) {
    using traits = compute_traits<Compute, typename Opened::item>;
    if constexpr (!state_is_visible<Compute>()) {
        what.unrecognised = "what the compute depends on cannot be seen (a lambda with captures, or an object with "
                            "members: make it a struct that names them in `serialize`, or give it a `version`)";
    } else {
        std::string content;
        try {
            content = content_of(source);
        } catch (...) { // where it is needed the run will say so
            what.unrecognised = "a sample of the source cannot be read: " + current_exception_text();
            return;
        }
        if (content.empty()) {
            what.unrecognised = "the content of the source's items cannot be seen (give their type `serialize`)";
            return;
        }
        std::string text = "compute: " + (what.compute.empty() ? type_text(typeid(Compute)) : what.compute) + '\n';
        text += compute_lines(compute);
        if constexpr (traits::form == compute_form::item_with_context ||
                      traits::form == compute_form::array_with_context) {
            text += "seed: " + std::to_string(seed) + '\n';
        }
        if constexpr (traits::cell() > 1) {
            text += "cell: " + std::to_string(traits::cell()) + " items\n";
        }
        text += "source: " + content + '\n' + "result: ";
        for (const result_member& m : what.result.members) {
            text += (&m == what.result.members.data() ? "" : ", ") + (m.name.empty() ? "" : m.name + " ") +
                    std::string(to_string(m.kind)) + (m.extents.empty() ? "" : " " + to_string(m.extents));
        }
        what.fingerprint = text + "\nprogram: " + program_text() + "\ncpu: " + cpu_model() + '\n';
    }
}

/// Collective: the same, by rank 0 for all.
template <class Opened, class Compute>
void recognise_for_all(const team auto& ranks, plan& what, Opened& source, const Compute& compute, const options& how) {
    const std::vector<std::string> all = agreed_gather(ranks, stage::plan, [&] {
        std::string mine;
        if (ranks.rank() == 0) {
            recognise(what, source, compute, how.seed);
            save_bytes(mine, what.fingerprint);
            save_bytes(mine, what.unrecognised);
        }
        return mine;
    });
    std::string_view rest = all[0];
    load_bytes(rest, what.fingerprint);
    load_bytes(rest, what.unrecognised);
}

} // namespace distproc::detail
