// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: results of another length for each item: the peaks of spectra.
// Run:   ./10_lists; h5dump -d /peaks/offsets all_peaks.h5
// Prints "done: 300 of 300 items" and leaves /peaks/offsets and /peaks/values in all_peaks.h5.

#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/tbb.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

// Places of the maxima of a spectrum.
std::vector<float> find_peaks(std::span<const float> spectrum) {
    std::vector<float> peaks;
    for (std::size_t k = 1; k + 1 < spectrum.size(); ++k)
        if (spectrum[k - 1] < spectrum[k] && spectrum[k] >= spectrum[k + 1])
            peaks.push_back(static_cast<float>(k));
    return peaks;
}

int main(int argc, char** argv) {
    return distproc::run<distproc::tbb_executor>(argc, argv, [](auto& job) {
        std::vector<std::vector<float>> storage(300, std::vector<float>(1000));
        std::vector<std::span<const float>> spectra;
        for (std::size_t i = 0; i < storage.size(); ++i) {
            for (std::size_t k = 0; k < storage[i].size(); ++k)
                storage[i][k] = std::sin(static_cast<float>(i * k) / 3000);
            spectra.emplace_back(storage[i]);
        }
        const distproc::hdf5_writer writer{.file = "all_peaks.h5", .path = "/peaks", .replace = true};
        const auto report = distproc::execute(spectra, find_peaks, distproc::tbb_executor{}, writer);
        job.out() << report;
        return report;
    });
}
