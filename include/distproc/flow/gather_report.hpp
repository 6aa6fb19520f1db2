// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/agree.hpp>
#include <distproc/core/machine.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/core/team.hpp>
#include <distproc/flow/rank_totals.hpp>
#include <distproc/observe/report.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace distproc::detail {

/// What each rank tells all others at the end.
struct rank_figures {
    std::size_t workers, items, blocks, bytes_read, bytes_written, between_ranks, between_nodes, peak_memory;
    double seconds, reading, computing, writing, waiting, busiest_worker;
};

inline void widen(spread& s, double value, std::size_t rank, std::size_t ranks) {
    s.min = rank == 0 ? value : std::min(s.min, value);
    s.max = rank == 0 ? value : std::max(s.max, value);
    s.mean += value / static_cast<double>(ranks);
}

/// Collective: the figures of all ranks as one report, the same on each, with what rank 0 says of the output. One
/// gather of about 150 bytes per rank.
[[nodiscard]] inline report gather_report(const team auto& ranks, const rank_totals& mine, const traffic& moved,
                                          double seconds, const std::string& output) {
    const double busy = mine.computing + mine.workers_io;
    const double waiting = std::max(0.0, static_cast<double>(mine.workers) * mine.flow_seconds - busy);
    std::string message;
    save_bytes(message, rank_figures{mine.workers, mine.items, mine.blocks, mine.bytes_read, moved.written,
                                     moved.between_ranks, moved.between_nodes, peak_memory_bytes(), seconds,
                                     mine.reading, mine.computing, mine.writing, waiting, mine.busiest_worker});
    const std::string cpu = cpu_model();
    save_bytes(message, cpu.size());
    message += cpu;
    const std::string text = ranks.rank() == 0 ? output : "";
    save_bytes(message, text.size());
    message += text + mine.timings.to_message();

    report all;
    all.ranks = ranks.size();
    all.nodes = ranks.nodes();
    all.workers = 0;
    monitor timings;
    double busiest = 0;
    std::vector<std::string> models;
    const std::vector<std::string> messages = ranks.all_gather(message);
    for (std::size_t r = 0; r < messages.size(); ++r) {
        std::string_view bytes = messages[r];
        const auto one = load_bytes<rank_figures>(bytes);
        all.workers += one.workers;
        all.items += one.items;
        all.blocks += one.blocks;
        all.bytes_read += one.bytes_read;
        all.bytes_written += one.bytes_written;
        all.bytes_between_ranks += one.between_ranks;
        all.bytes_between_nodes += one.between_nodes;
        all.seconds = std::max(all.seconds, one.seconds);
        all.peak_memory = std::max(all.peak_memory, one.peak_memory);
        widen(all.reading, one.reading, r, messages.size());
        widen(all.computing, one.computing, r, messages.size());
        widen(all.writing, one.writing, r, messages.size());
        widen(all.waiting, one.waiting, r, messages.size());
        busiest = std::max(busiest, one.busiest_worker);
        const auto length = load_bytes<std::size_t>(bytes);
        const std::string model(bytes.substr(0, length));
        if (std::find(models.begin(), models.end(), model) == models.end()) {
            models.push_back(model);
            all.cpu += (all.cpu.empty() ? "" : " + ") + model;
        }
        bytes.remove_prefix(length);
        const auto text_length = load_bytes<std::size_t>(bytes);
        if (r == 0) {
            all.output = bytes.substr(0, text_length);
        }
        timings.merge(monitor::from_message(bytes.substr(text_length)));
    }
    all.timings = timings.entries();
    const double total = all.computing.mean * static_cast<double>(all.ranks);
    all.imbalance = total > 0 ? busiest * static_cast<double>(all.workers) / total : 1;
    return all;
}

} // namespace distproc::detail
