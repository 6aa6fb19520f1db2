// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/error.hpp>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace distproc {

/// How often something was done, and for how long.
struct monitor_entry {
    std::string name;
    std::uint64_t count = 0;
    double seconds = 0;

    friend bool operator==(const monitor_entry&, const monitor_entry&) = default;
};

/// Named stopwatches for use inside a compute: `auto timed = monitor.measure("fft");` counts the time to the end of the
/// scope. One per worker: not thread-safe. A measurement costs two readings of the clock (about 50 ns) and the search
/// for the name; only its first use allocates.
class monitor {
    struct total {
        std::uint64_t count = 0;
        double seconds = 0;
    };

public:
    /// Measures from its making to the end of its life, also when an exception ends it. The monitor must live longer.
    class [[nodiscard]] stopwatch {
    public:
        stopwatch(const stopwatch&) = delete;
        stopwatch& operator=(const stopwatch&) = delete;
        ~stopwatch() {
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
            total_->seconds += taken.count();
            ++total_->count;
        }

    private:
        friend class monitor;
        explicit stopwatch(total& where) noexcept : total_(&where) {}

        total* total_;
        std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    };

    /// Starts a stopwatch. Stopwatches may overlap; each counts its own time.
    stopwatch measure(std::string_view name) { return stopwatch(find(name)); }

    /// Adds a measurement that was taken otherwise.
    void add(std::string_view name, double seconds, std::uint64_t count = 1) {
        total& t = find(name);
        t.seconds += seconds;
        t.count += count;
    }

    /// Adds the sums of another monitor.
    void merge(const monitor& other) {
        for (const auto& [name, t] : other.totals_) {
            add(name, t.seconds, t.count);
        }
    }

    [[nodiscard]] bool empty() const noexcept { return totals_.empty(); }

    /// All sums, ordered by name.
    [[nodiscard]] std::vector<monitor_entry> entries() const {
        std::vector<monitor_entry> all;
        all.reserve(totals_.size());
        for (const auto& [name, t] : totals_) {
            all.push_back({name, t.count, t.seconds});
        }
        return all;
    }

    /// The sums as one text, to be sent to other ranks; exact.
    [[nodiscard]] std::string to_message() const {
        std::string text;
        char digits[32];
        for (const auto& [name, t] : totals_) {
            text.append(std::to_string(t.count)).append(" ");
            text.append(digits, std::to_chars(digits, digits + sizeof(digits), t.seconds).ptr).append(" ");
            text.append(std::to_string(name.size())).append(" ").append(name);
        }
        return text;
    }

    /// What `to_message` said, on this or another rank. Throws `error` on any other text.
    [[nodiscard]] static monitor from_message(std::string_view text) {
        monitor result;
        while (!text.empty()) {
            const auto count = take_number<std::uint64_t>(text);
            const auto seconds = take_number<double>(text);
            const auto length = take_number<std::size_t>(text);
            if (length > text.size()) {
                throw malformed();
            }
            result.add(text.substr(0, length), seconds, count);
            text.remove_prefix(length);
        }
        return result;
    }

private:
    total& find(std::string_view name) {
        const auto at = totals_.find(name);
        return at != totals_.end() ? at->second : totals_.try_emplace(std::string(name)).first->second;
    }

    static error malformed() { return error("a message with the times of a monitor was damaged on its way"); }

    template <class Number>
    static Number take_number(std::string_view& text) {
        Number number{};
        const char* end = text.data() + text.size();
        const auto [at, problem] = std::from_chars(text.data(), end, number);
        if (problem != std::errc{} || at == end || *at != ' ') {
            throw malformed();
        }
        text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
        return number;
    }

    std::map<std::string, total, std::less<>> totals_;
};

} // namespace distproc
