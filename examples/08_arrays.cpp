// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: results that are arrays whose length is known only at run time: spectra smoothed over a window.
// Run:   ./08_arrays 64; h5dump -H smooth.h5
// Prints "done: 300 of 300 items" and leaves /smooth, of 300 x 64, in smooth.h5.

#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/tbb.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

struct smooth {
    using result_type = float; // of which a result holds as many as
    distproc::shape result_shape() const { return {length}; }

    void operator()(std::span<const float> spectrum, std::span<float> result) const {
        for (std::size_t k = 0; k < result.size(); ++k) {
            const std::size_t first = k < 2 ? 0 : k - 2;
            const std::size_t last = std::min(result.size(), k + 3);
            float sum = 0;
            for (std::size_t j = first; j < last; ++j)
                sum += spectrum[j];
            result[k] = sum / static_cast<float>(last - first);
        }
    }
    std::size_t length;
};

int main(int argc, char** argv) {
    return distproc::run<distproc::tbb_executor>(argc, argv, [&](auto& job) {
        const std::size_t length = argc > 1 ? std::stoul(argv[1]) : 64;
        std::vector<std::vector<float>> storage(300, std::vector<float>(length));
        std::vector<std::span<const float>> spectra;
        for (std::size_t i = 0; i < storage.size(); ++i) {
            for (std::size_t k = 0; k < length; ++k)
                storage[i][k] = std::sin(static_cast<float>(i * k));
            spectra.emplace_back(storage[i]);
        }
        const distproc::hdf5_writer writer{.file = "smooth.h5", .path = "/smooth", .replace = true};
        const auto report = distproc::execute(spectra, smooth{length}, distproc::tbb_executor{}, writer);
        job.out() << report;
        return report;
    });
}
