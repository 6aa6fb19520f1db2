// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: results that are an array of the input's length and a number beside it, on any executor, through any writer.
//        Filters complex spectra in Fourier space and estimates their noise floor.
// Run:   ./filter_spectra --make spectra.h5
//        mpirun -n 2 ./filter_spectra spectra.h5 --executor hybrid --writer node_gather -o filtered.h5
// Prints the report, "done: 1200 of 1200 items ..."; leaves /spectra/filtered and /spectra/noise_floor in filtered.h5.

#include "low_pass.hpp"
#include <distproc/compressed_hdf5.hpp>
#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/hybrid.hpp>
#include <distproc/mpi.hpp>
#include <distproc/tbb.hpp>
#include <distproc/zarr.hpp>

#include <CLI/CLI.hpp>

#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace {

using executor = distproc::any_executor<distproc::serial_executor, distproc::tbb_executor, distproc::mpi_executor<>,
                                        distproc::hybrid_executor>;

struct settings {
    std::string file, output, dataset = "/scan/spectra", executor_name = "tbb", writer_name = "hdf5";
    double cutoff = 0.1, roll_off = 0.05, tolerance = 1e-3;
    bool make = false, replace = false, quiet = false;
};

void describe_options(CLI::App& app, settings& s) {
    app.add_option("FILE", s.file, "HDF5 file with the spectra")->required();
    app.add_flag("--make", s.make, "write a sample to FILE, without mpirun: 30 x 40 spectra of 500 points");
    app.add_option("--dataset", s.dataset, "complex spectra in FILE; the last axis is the spectrum")
        ->capture_default_str();
    app.add_option("--cutoff", s.cutoff, "frequency from which on nothing passes, in cycles per point")
        ->check(CLI::Range(0.0, 0.5))
        ->capture_default_str();
    app.add_option("--roll-off", s.roll_off, "share of the cutoff over which the filter falls")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    app.add_option("--tolerance", s.tolerance, "probability that noise exceeds the noise floor")
        ->check(CLI::Range(1e-12, 0.5))
        ->capture_default_str();
    app.add_option("--executor", s.executor_name, "who computes: serial, tbb, mpi, hybrid")->capture_default_str();
    app.add_option(
           "--writer", s.writer_name,
           "where results go: hdf5, compressed (hdf5, each chunk deflated), node_gather (one rank per node writes "
           "hdf5), shards (a Zarr directory)")
        ->check(CLI::IsMember({"hdf5", "compressed", "node_gather", "shards"}))
        ->capture_default_str();
    app.add_option("-o,--output", s.output, "HDF5 file, or Zarr directory, to write");
    app.add_flag("--replace", s.replace, "overwrite the output");
    app.add_flag("--quiet", s.quiet, "no progress line");
}

/// A line that rings down, and noise: of the item, so that the sample is always the same.
struct ringing {
    using result_type = spectra::sample;
    static distproc::shape result_shape() { return {500}; }
    void operator()(const std::size_t& pixel, distproc::context& here, std::span<spectra::sample> out) const {
        const double speed = 0.02 + 1e-5 * static_cast<double>(pixel); // cycles per point
        for (std::size_t k = 0; k < out.size(); ++k) {
            const auto t = static_cast<double>(k);
            const double real = here.random().uniform() - 0.5, imaginary = here.random().uniform() - 0.5;
            const auto line = std::polar(std::exp(-t / 300), 2 * std::numbers::pi * speed * t);
            out[k] = spectra::sample(line + std::complex(real, imaginary));
        }
    }
};

distproc::report make_sample(const settings& s, const distproc::options& how) {
    std::vector<std::size_t> pixels(1200);
    std::iota(pixels.begin(), pixels.end(), std::size_t{0});
    return distproc::execute(distproc::range_source{pixels, {30, 40}}, ringing{}, distproc::serial_executor{},
                             distproc::hdf5_writer{.file = s.file, .path = s.dataset, .replace = s.replace}, how);
}

distproc::report filter_all(const settings& s, const executor& on, const distproc::options& how) {
    if (s.output.empty())
        throw distproc::error("the results need a place: add -o FILE");
    const distproc::shape extents = distproc::hdf5_elements<spectra::sample>{s.file, s.dataset}.open().items();
    if (extents.empty() || extents.back() == 0)
        throw distproc::error("'" + s.file + ":" + s.dataset +
                              "' holds no spectra; name a dataset whose last axis is one");
    const spectra::filter filter{extents.back(), s.cutoff, s.roll_off, s.tolerance};
    const distproc::hdf5_source<spectra::sample> source{s.file, s.dataset};
    const auto run = [&](const auto& writer) { return distproc::execute(source, filter, on, writer, how); };

    const distproc::hdf5_writer hdf5{.file = s.output, .path = "/spectra", .replace = s.replace};
    if (s.writer_name == "compressed")
        return run(distproc::compressed_hdf5_writer{.file = s.output, .path = "/spectra", .replace = s.replace});
    if (s.writer_name == "shards")
        return run(distproc::shard_writer{.path = s.output, .replace = s.replace});
    if (s.writer_name == "node_gather")
        return run(distproc::node_gather{hdf5});
    return run(hdf5);
}

} // namespace

int main(int argc, char** argv) {
    return distproc::run<executor>(argc, argv, [&](distproc::job& job) {
        settings s;
        CLI::App app{"Filters complex spectra with a low-pass filter and estimates their noise floor"};
        describe_options(app, s);
        try {
            app.parse(argc, argv);
        } catch (const CLI::CallForHelp&) {
            job.out() << app.help();
            return 0;
        } catch (const CLI::ParseError& e) {
            throw distproc::error(std::string(e.what()) + " (filter_spectra --help lists the options)");
        }
        distproc::options how;
        how.show = s.quiet ? distproc::progress::off : distproc::progress::automatic;
        const executor on(s.executor_name);
        const distproc::report report = s.make ? make_sample(s, how) : filter_all(s, on, how);
        job.out() << report;
        return report.exit_code();
    });
}
