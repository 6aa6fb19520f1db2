// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "read.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace reading {

// In pieces that stay in the cache until they are added up.
double raw_pread(const inputs& in, std::size_t number, std::size_t parts) {
    constexpr std::size_t block = 16; // items: 1 MiB
    const int fd = ::open(in.hdf5.c_str(), O_RDONLY);
    std::vector<double> buffer(block * item_values);
    double sum = 0;
    for (std::size_t first = number * block; first < in.items; first += parts * block) {
        const std::size_t items = std::min(block, in.items - first);
        const std::size_t bytes = items * item_bytes;
        if (::pread(fd, buffer.data(), bytes, static_cast<off_t>(in.offset + first * item_bytes)) !=
            static_cast<ssize_t>(bytes)) {
            throw std::runtime_error("cannot read " + in.hdf5);
        }
        for (std::size_t k = 0; k < items; ++k) {
            sum += add_up({buffer.data() + k * item_values, item_values});
        }
    }
    ::close(fd);
    return sum;
}

double raw_pread_serial(const inputs& in) { return raw_pread(in, 0, 1); }

} // namespace reading
