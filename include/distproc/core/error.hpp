// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace distproc {

/// Base of everything that distproc throws on purpose. Its text is one sentence that names the thing and the remedy.
class error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// An error of one item, where who reports it cannot know which: a session's `write` that fails in the midst of its
/// results throws it to name the item.
class item_error : public error {
public:
    item_error(std::size_t item, const std::string& message) : error(message), item_(item) {}
    [[nodiscard]] std::size_t item() const noexcept { return item_; }

private:
    std::size_t item_;
};

/// Where in the life of a run something failed.
enum class stage : std::uint8_t { plan, open, read, compute, write, close };

[[nodiscard]] constexpr std::string_view to_string(stage where) noexcept {
    switch (where) {
    case stage::plan:
        return "planning";
    case stage::open:
        return "opening the output";
    case stage::read:
        return "reading";
    case stage::compute:
        return "computing";
    case stage::write:
        return "writing";
    case stage::close:
        return "closing the output";
    }
    return "running";
}

/// The item of a failure that belongs to no item.
inline constexpr std::size_t no_item = static_cast<std::size_t>(-1);

/// One failure, as the rank that saw it describes it.
struct failure {
    stage where = stage::plan;
    std::size_t item = no_item; ///< lowest item concerned, or `no_item`
    std::size_t rank = 0;
    std::size_t node = 0;
    std::string message;

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& where& item& rank& node& message;
    }
};

/// Thrown by `execute` on every rank, with the same content on each: the failure with the lowest item (then the lowest
/// rank), and how many more there were.
class execution_error : public error {
public:
    execution_error(failure first, std::size_t others)
        : error(compose(first, others)), first_(std::move(first)), others_(others) {}

    [[nodiscard]] stage where() const noexcept { return first_.where; }
    /// The failed item, or `no_item` where the failure belongs to no single item.
    [[nodiscard]] std::size_t item() const noexcept { return first_.item; }
    [[nodiscard]] std::size_t rank() const noexcept { return first_.rank; }
    [[nodiscard]] std::size_t node() const noexcept { return first_.node; }
    /// What the failing code said, without the address that `what()` puts before it.
    [[nodiscard]] const std::string& message() const noexcept { return first_.message; }
    /// Failures beside this one, over all ranks.
    [[nodiscard]] std::size_t others() const noexcept { return others_; }

private:
    static std::string compose(const failure& f, std::size_t others) {
        std::string text;
        if (f.item != no_item) {
            text += "item " + std::to_string(f.item) + ", ";
        }
        text += std::string(to_string(f.where)) + " on rank " + std::to_string(f.rank) + " (node " +
                std::to_string(f.node) + "): " + f.message;
        if (others != 0) {
            text += " [and " + std::to_string(others) + (others == 1 ? " other failure]" : " other failures]");
        }
        return text;
    }

    failure first_;
    std::size_t others_;
};

} // namespace distproc
