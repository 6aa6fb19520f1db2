// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/core/output_place.hpp>
#include <distproc/core/plan.hpp>
#include <distproc/writer/hdf5/create.hpp>
#include <distproc/writer/hdf5/posix.hpp>

#include <unistd.h>

#include <string>
#include <utility>

namespace distproc::detail {

/// A file that goes with this object, unless it has been given its own name.
class temporary_hdf5 {
public:
    temporary_hdf5() = default;
    explicit temporary_hdf5(std::string path) : path_(std::move(path)) { remove(); } // of a process that was killed
    temporary_hdf5(temporary_hdf5&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    temporary_hdf5& operator=(temporary_hdf5&& other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }
    ~temporary_hdf5() { remove(); }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Gives the file its name. Throws `error` where another file has that by now, and leaves this one, which is whole.
    void publish_as(const hdf5_target& target) {
        if (!publish(path_, target.file, target.replace)) {
            throw error("output '" + target.file +
                        "' was made by somebody else meanwhile; the results of this run are in '" +
                        std::exchange(path_, {}) + "', give it a name of its own");
        }
        path_.clear();
    }

private:
    void remove() const noexcept {
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }
    std::string path_;
};

} // namespace distproc::detail
