// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: reductions over all items, by accumulators of the library and by one of your own, without a file.
// Run:   ./07_reduce tbb     or     mpirun -n 2 ./07_reduce mpi
// Prints "mean 0.5", the largest value with its item, a histogram of ten equal bins, and "1000000 in all".

#include <distproc/distproc.hpp>
#include <distproc/mpi.hpp>
#include <distproc/tbb.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

/// Several accumulators over one pass. Copies go to workers and ranks: `serialize` says what an accumulator holds.
struct statistics {
    distproc::moments all;
    distproc::maximum<double> largest;
    distproc::histogram bins{0, 1, 10};

    void add(double result, std::size_t item) {
        all.add(result);
        largest.add(result, item);
        bins.add(result);
    }
    void merge(const statistics& later) {
        all.merge(later.all);
        largest.merge(later.largest);
        bins.merge(later.bins);
    }
    void clear() {
        all.clear();
        largest.clear();
        bins.clear();
    }
    template <class Archive>
    void serialize(Archive& a, unsigned) {
        a& DISTPROC_NAMED(all) & DISTPROC_NAMED(largest) & DISTPROC_NAMED(bins);
    }
};

int main(int argc, char** argv) {
    using executor = distproc::any_executor<distproc::tbb_executor, distproc::mpi_executor<>>;
    return distproc::run<executor>(argc, argv, [&](auto& job) {
        const executor on(argc > 1 ? argv[1] : "tbb");
        std::vector<double> numbers(1'000'000);
        for (std::size_t k = 0; k < numbers.size(); ++k)
            numbers[k] = std::fmod(static_cast<double>(k) * 0.381966, 1.0); // evenly spread over [0, 1)

        statistics found;
        const auto report = distproc::execute(
            numbers, [](double x) { return x; }, on, distproc::reduce_writer{found});
        job.out() << "mean " << std::round(found.all.mean() * 1e3) / 1e3 << ", largest "
                  << std::round(found.largest.value() * 1e3) / 1e3 << " is item " << found.largest.item() << "\nbins";
        for (const auto count : found.bins.counts())
            job.out() << ' ' << std::round(static_cast<double>(count) / 1e3) / 1e2;
        job.out() << '\n';

        const auto one = [](double) { return 1; };
        job.out() << distproc::transform_reduce(on, numbers, 0, std::plus<>{}, one) << " in all\n";
        return report;
    });
}
