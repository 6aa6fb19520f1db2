// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/comm/service_mail.hpp>
#include <distproc/core/run_flags.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace distproc::detail {

/// How many items the nodes have done, as their services tell each other ten times a second: each node tells node 0,
/// and node 0 tells each what the others have done.
class item_counts {
public:
    item_counts(std::size_t node, std::size_t nodes) : node_(node), done_(nodes, 0) {}

    void note(std::size_t node, std::uint64_t items) { done_[node] = items; }

    void tell(run_flags& flags, service_mail& mail) {
        const auto now = std::chrono::steady_clock::now();
        if (now < again_) {
            return;
        }
        again_ = now + std::chrono::milliseconds(100);
        done_[node_] = flags.items_done;
        if (node_ != 0) {
            if (std::exchange(told_, done_[node_]) != done_[node_]) {
                mail.send(0, {service_news::count_of_node, done_[node_]});
            }
            return;
        }
        const std::uint64_t all = std::accumulate(done_.begin(), done_.end(), std::uint64_t{0});
        flags.items_done_elsewhere = all - done_[0];
        if (std::exchange(told_, all) != all) {
            for (std::size_t other = 1; other < done_.size(); ++other) {
                mail.send(other, {service_news::count_elsewhere, all - done_[other]});
            }
        }
    }

private:
    std::size_t node_;
    std::chrono::steady_clock::time_point again_{};
    std::uint64_t told_ = 0;
    std::vector<std::uint64_t> done_; // items, by node
};

} // namespace distproc::detail
