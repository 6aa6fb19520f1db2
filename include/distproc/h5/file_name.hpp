// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <string>
#include <utility>

namespace distproc {

/// The name of an HDF5 file; with a second string also the path in it, so that `hdf5_writer{{"fits.h5", "/fits"}}`
/// means what it means inside `node_gather<hdf5_writer>{{"fits.h5", "/fits"}}`.
class hdf5_file_name {
public:
    hdf5_file_name() = default;
    hdf5_file_name(std::string name) : name_(std::move(name)) {}
    hdf5_file_name(const char* name) : name_(name) {}
    hdf5_file_name(std::string name, std::string path) : name_(std::move(name)), path_(std::move(path)) {}
    hdf5_file_name(const char* name, const char* path) : name_(name), path_(path) {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Empty where none was given with the name.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string name_;
    std::string path_;
};

} // namespace distproc
