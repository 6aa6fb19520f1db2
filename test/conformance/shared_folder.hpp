// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include "support/folder.hpp"
#include <distproc/comm/mpi_team.hpp>

#include <memory>
#include <string>

namespace test {

/// A folder of rank 0 that goes when all ranks have ended.
class shared_folder {
public:
    shared_folder() {
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
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    distproc::mpi_team ranks_{MPI_COMM_WORLD};
    std::unique_ptr<folder> mine_;
    std::string path_;
};

} // namespace test
