// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/exit_state.hpp>
#include <distproc/core/failed_items.hpp>
#include <distproc/core/monitor.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace distproc {

/// One figure over the ranks.
struct spread {
    double min = 0;
    double mean = 0;
    double max = 0;
};

/// What a run did: equal on all ranks. `std::cout << report` prints a table, `to_json` for programs.
struct report {
    std::string executor;
    std::string writer;
    std::string source;
    std::string output;
    std::string cpu; ///< model; several, joined by " + ", where the nodes differ
    std::size_t ranks = 1;
    std::size_t nodes = 1;
    std::size_t workers = 1;      ///< over all ranks
    std::size_t items = 0;        ///< computed in this run
    std::size_t items_before = 0; ///< done by earlier runs
    std::size_t items_total = 0;  ///< of the whole source
    std::size_t blocks = 0;
    std::size_t bytes_read = 0;
    std::size_t bytes_written = 0;
    std::size_t bytes_between_ranks = 0;
    std::size_t bytes_between_nodes = 0;
    double seconds = 0;          ///< from the call of `execute` to its end
    spread reading;              ///< seconds of a rank, summed over its threads that read
    spread computing;            ///< seconds of a rank, summed over its workers
    spread writing;              ///< seconds of a rank
    spread waiting;              ///< seconds of a rank, summed over its workers: neither reading, computing nor writing
    double imbalance = 1;        ///< busiest worker's computing over the mean of all workers
    std::size_t peak_memory = 0; ///< bytes resident, of the largest rank's process since its start
    std::vector<monitor_entry> timings; ///< what computes measured, summed over all workers
    failed_items failed;                ///< of those computed in this run: that have no result, see `error_policy`
    bool stopped = false;               ///< a stop was asked for before all items were done
    bool trial = false;                 ///< DISTPROC_ITEM or DISTPROC_DRY_RUN: nothing was stored

    /// 0: done, whatever failed and was skipped. `exit_stopped`, which is 75: stopped before the end.
    [[nodiscard]] int exit_code() const noexcept { return stopped ? exit_stopped : 0; }
};

namespace detail {

[[nodiscard]] inline std::string decimal(double value, const char* format = "%.3g") {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

[[nodiscard]] inline std::string bytes_text(std::size_t bytes) {
    constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit < 5) {
        value /= 1000;
        ++unit;
    }
    return decimal(value, unit == 0 ? "%.0f" : "%.3g") + " " + units[unit];
}

/// Whatever the locale; null where JSON has no such number.
[[nodiscard]] inline std::string json_number(double value) {
    if (!std::isfinite(value)) {
        return "null";
    }
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 9).ptr};
}

[[nodiscard]] inline std::string json_text(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
            quoted += escaped;
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

/// "3 items: 17, 40, 93; item 17: it does not converge".
[[nodiscard]] inline std::string failed_text(const failed_items& failed) {
    std::string text = std::to_string(failed.count) + (failed.count == 1 ? " item: " : " items: ");
    const std::size_t listed = std::min<std::size_t>(failed.items.size(), 8);
    for (std::size_t k = 0; k < listed; ++k) {
        text += (k == 0 ? "" : ", ") + std::to_string(failed.items[k]);
    }
    text += failed.count > listed ? " ..." : "";
    std::string said;
    for (const failure& one : failed.described) { // a text that was just said is not repeated
        if (one.message != said) {
            text += "; item " + std::to_string(one.item) + ": " + one.message;
        }
        said = one.message;
    }
    return text;
}

} // namespace detail

/// The report as a table for people.
inline std::ostream& operator<<(std::ostream& out, const report& r) {
    const auto line = [&](std::string_view name, const std::string& value) {
        out << "  " << name << std::string(name.size() < 16 ? 16 - name.size() : 1, ' ') << value << '\n';
    };
    const auto seconds = [](const spread& s) {
        return detail::decimal(s.min) + " / " + detail::decimal(s.mean) + " / " + detail::decimal(s.max) + " s";
    };
    if (r.trial) {
        return out << "trial run: nothing was stored\n";
    }
    out << (r.stopped ? "stopped: " : "done: ") << r.items_before + r.items << " of " << r.items_total << " items ";
    if (r.items_before != 0) {
        out << '(' << r.items << " now, " << r.items_before << " by earlier runs) ";
    }
    out << "in " << detail::decimal(r.seconds) << " s, " << r.executor << " -> " << r.writer << '\n';
    if (!r.failed.empty()) {
        line("failed", detail::failed_text(r.failed));
    }
    line("source", r.source);
    line("output", r.output);
    line("ran on", std::to_string(r.ranks) + (r.ranks == 1 ? " rank, " : " ranks, ") + std::to_string(r.nodes) +
                       (r.nodes == 1 ? " node, " : " nodes, ") + std::to_string(r.workers) +
                       (r.workers == 1 ? " worker" : " workers") + " (" + r.cpu + ")");
    line("blocks", std::to_string(r.blocks));
    line("read", detail::bytes_text(r.bytes_read));
    line("written", detail::bytes_text(r.bytes_written));
    line("moved", detail::bytes_text(r.bytes_between_ranks) + " between ranks, " +
                      detail::bytes_text(r.bytes_between_nodes) + " between nodes");
    line("reading", seconds(r.reading) + "  (min / mean / max over ranks)");
    line("computing", seconds(r.computing));
    line("writing", seconds(r.writing));
    line("waiting", seconds(r.waiting));
    line("imbalance", detail::decimal(r.imbalance, "%.2f") + "  (busiest worker / mean)");
    line("peak memory", detail::bytes_text(r.peak_memory) + " in the largest rank");
    for (const monitor_entry& t : r.timings) {
        line("  " + t.name, detail::decimal(t.seconds) + " s in " + std::to_string(t.count) + " calls");
    }
    return out;
}

/// The report as one JSON object; bytes and seconds as numbers.
[[nodiscard]] inline std::string to_json(const report& r) {
    std::string json = "{";
    const auto put = [&](std::string_view name, const std::string& value) {
        json += (json.size() == 1 ? "\"" : ", \"") + std::string(name) + "\": " + value;
    };
    const auto number = [](double value) { return detail::json_number(value); };
    const auto over_ranks = [&](const spread& s) {
        return "{\"min\": " + number(s.min) + ", \"mean\": " + number(s.mean) + ", \"max\": " + number(s.max) + "}";
    };
    put("executor", detail::json_text(r.executor));
    put("writer", detail::json_text(r.writer));
    put("source", detail::json_text(r.source));
    put("output", detail::json_text(r.output));
    put("cpu", detail::json_text(r.cpu));
    put("ranks", std::to_string(r.ranks));
    put("nodes", std::to_string(r.nodes));
    put("workers", std::to_string(r.workers));
    put("items", std::to_string(r.items));
    put("items_before", std::to_string(r.items_before));
    put("items_total", std::to_string(r.items_total));
    put("blocks", std::to_string(r.blocks));
    put("bytes_read", std::to_string(r.bytes_read));
    put("bytes_written", std::to_string(r.bytes_written));
    put("bytes_between_ranks", std::to_string(r.bytes_between_ranks));
    put("bytes_between_nodes", std::to_string(r.bytes_between_nodes));
    put("seconds", number(r.seconds));
    put("reading", over_ranks(r.reading));
    put("computing", over_ranks(r.computing));
    put("writing", over_ranks(r.writing));
    put("waiting", over_ranks(r.waiting));
    put("imbalance", number(r.imbalance));
    put("peak_memory", std::to_string(r.peak_memory));
    std::string timings = "{";
    for (const monitor_entry& t : r.timings) {
        timings += (timings.size() == 1 ? "" : ", ") + detail::json_text(t.name) +
                   ": {\"count\": " + std::to_string(t.count) + ", \"seconds\": " + number(t.seconds) + "}";
    }
    put("timings", timings + "}");
    std::string lowest = "[";
    for (const std::size_t item : r.failed.items) {
        lowest += (lowest.size() == 1 ? "" : ", ") + std::to_string(item);
    }
    std::string described = "[";
    for (const failure& one : r.failed.described) {
        described += (described.size() == 1 ? "" : ", ") + std::string("{\"item\": ") + std::to_string(one.item) +
                     ", \"rank\": " + std::to_string(one.rank) + ", \"message\": " + detail::json_text(one.message) +
                     "}";
    }
    put("failed", "{\"count\": " + std::to_string(r.failed.count) + ", \"items\": " + lowest +
                      "], \"described\": " + described + "]}");
    put("stopped", r.stopped ? "true" : "false");
    put("trial", r.trial ? "true" : "false");
    return json + "}";
}

} // namespace distproc
