// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// killed OUTPUT EXECUTOR WRITER COMPUTED [ITEMS [MICROSECONDS]]: a run for kill_test.py to kill and start again. Notes
// in the file COMPUTED each item that it has computed, 8 bytes each. WRITER: hdf5 or node_gather.
#include <distproc/core/named.hpp>
#include <distproc/executor/any.hpp>
#include <distproc/hybrid.hpp>
#include <distproc/run.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct fitted_item {
    double value;
    std::int64_t steps;
    std::array<float, 3> shape;

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(value);
        archive& DISTPROC_NAMED(steps);
        archive& DISTPROC_NAMED(shape);
    }
};

struct fit_item {
    int computed; ///< a file, in which each write is one append
    std::int64_t microseconds;

    template <class Archive>
    void serialize(Archive& archive, unsigned) {
        archive& DISTPROC_NAMED(microseconds);
    }
    fitted_item operator()(std::uint64_t item) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
        while (std::chrono::steady_clock::now() < until) {
        }
        if (::write(computed, &item, sizeof item) != sizeof item) {
            throw std::runtime_error("what was computed cannot be noted");
        }
        const auto x = static_cast<double>(item);
        const auto y = static_cast<float>(item);
        return {3 * std::sqrt(x + 1), static_cast<std::int64_t>(item * item), {y, y / 2, -y}};
    }
};

} // namespace

int main(int argc, char** argv) {
    using executor = distproc::any_executor<distproc::serial_executor, distproc::tbb_executor, distproc::mpi_executor<>,
                                            distproc::hybrid_executor>;
    return distproc::run<executor>(argc, argv, [&](auto& job) {
        const auto argument = [&](int k, const char* otherwise) { return std::string(k < argc ? argv[k] : otherwise); };
        const int computed = ::open(argument(4, "").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        if (argc < 5 || computed < 0) {
            throw std::runtime_error("usage: killed OUTPUT EXECUTOR WRITER COMPUTED [ITEMS [MICROSECONDS]]");
        }
        std::vector<std::uint64_t> items(std::stoull(argument(5, "4000")));
        std::iota(items.begin(), items.end(), std::uint64_t{0});
        const fit_item fit{computed, std::stoll(argument(6, "200"))};
        const distproc::hdf5_writer to{argv[1], "/fits"};
        distproc::options how;
        how.show = distproc::progress::off;
        how.block_seconds = 0.004;
        how.commit_seconds = 0.02;
        const auto with = executor(argv[2]);
        const auto report = argument(3, "") == "hdf5"
                                ? distproc::execute(items, fit, with, to, how)
                                : distproc::execute(items, fit, with, distproc::node_gather{to}, how);
        job.out() << distproc::to_json(report) << '\n';
        return report;
    });
}
