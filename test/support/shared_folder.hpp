// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "support/folder.hpp"

#include <memory>
#include <string>
#include <utility>

namespace test {

/// A folder of rank 0 that goes when all ranks have ended.
template <class Team>
class shared_folder {
public:
    explicit shared_folder(Team ranks) : ranks_(std::move(ranks)) {
        if (ranks_.rank() == 0) {
            mine_ = std::make_unique<folder>();
        }
        path_ = ranks_.broadcast(mine_ ? *mine_ / "" : "", 0);
    }
    ~shared_folder() {
        ranks_.meet([] {});
    }
    shared_folder(const shared_folder&) = delete;
    shared_folder& operator=(const shared_folder&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; } ///< with a slash at the end
    [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + name; }
    [[nodiscard]] const Team& ranks() const { return ranks_; }

private:
    Team ranks_;
    std::unique_ptr<folder> mine_;
    std::string path_;
};

} // namespace test
