// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: a real analysis on every executor and through every writer. Fits the nine-parameter switching loop of
//        band-excitation piezoresponse spectroscopy to each loop of a scan.
// Run:   ./generate_scan scan.h5
//        mpirun -n 2 ./fit_loops scan.h5 --executor hybrid --writer node_gather -o fits.h5
// Prints the report of the run, "done: 2500 of 2500 items ..."; leaves /fits/amplitude and eleven more maps in fits.h5.

#include "fit_loop.hpp"
#include "read_small.hpp"
#include <distproc/distproc.hpp>
#include <distproc/hdf5.hpp>
#include <distproc/hybrid.hpp>
#include <distproc/mpi.hpp>
#include <distproc/tbb.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using executor = distproc::any_executor<distproc::serial_executor, distproc::tbb_executor, distproc::mpi_executor<>,
                                        distproc::hybrid_executor>;

struct settings {
    std::string file, output;
    std::string dataset = "/Channel_000/generic/generic", voltage = "/Channel_000/generic/Voltage", path = "/fits";
    std::string executor_name = "tbb", writer_name = "hdf5";
    bool replace = false, json = false, quiet = false;
    double commit_seconds = distproc::options{}.commit_seconds;
    std::optional<std::size_t> limit;
};

void describe_options(CLI::App& app, settings& s) {
    app.add_option("FILE", s.file, "HDF5 file with the scan")->required();
    app.add_option("--dataset", s.dataset, "path of the loops in FILE; the last axis is the voltage sweep")
        ->capture_default_str();
    app.add_option("--voltage", s.voltage, "path of the voltages of one loop in FILE, in volts")->capture_default_str();
    app.add_option(
           "--executor", s.executor_name,
           "who computes: serial (one core), tbb (all cores), mpi (one core per rank), hybrid (ranks that share "
           "the cores of their node); DISTPROC_EXECUTOR outranks this")
        ->capture_default_str();
    app.add_option("--writer", s.writer_name,
                   "where results go: hdf5, parallel_hdf5 (every rank writes), node_gather (one rank per node writes), "
                   "memory (kept, and summed up in one line), null (thrown away)")
        ->check(CLI::IsMember({"hdf5", "parallel_hdf5", "node_gather", "memory", "null"}))
        ->capture_default_str();
    app.add_option("-o,--output", s.output, "HDF5 file to write; needed by the HDF5 writers");
    app.add_option("--path", s.path, "group of the maps in the output")->capture_default_str();
    app.add_flag("--replace", s.replace,
                 "compute everything again; without it a run goes on with an output that an earlier one left");
    app.add_option("--commit", s.commit_seconds,
                   "seconds of fits that a kill may lose at most, where the output is HDF5")
        ->capture_default_str();
    app.add_flag("--json", s.json, "print the report as JSON");
    app.add_flag("--quiet", s.quiet, "no progress line");
    app.add_option("--limit", s.limit, "fit only so many loops, from the first; the maps become lists");
}

std::map<std::string, std::string> units_of(const std::string& response) {
    std::map<std::string, std::string> units;
    for (const char* name : {"offset", "amplitude", "noise", "residual"})
        units[name] = response;
    for (const char* name : {"rising_bias", "falling_bias", "rising_width_below", "rising_width_above",
                             "falling_width_below", "falling_width_above"})
        units[name] = "V";
    units["slope"] = response + "/V";
    return units;
}

template <class Source>
distproc::report fit_all(const Source& source, const settings& s, distproc::job& job) {
    const loops::fit_loop fit(loops::read_axis(s.file, s.voltage));
    const executor on(s.executor_name);
    distproc::options how;
    how.commit_seconds = s.commit_seconds;
    how.show = s.quiet ? distproc::progress::off : distproc::progress::automatic;

    if (s.writer_name == "null")
        return distproc::execute(source, fit, on, distproc::null_writer{}, how);
    if (s.writer_name == "memory") {
        std::vector<loops::loop_fit> fits;
        auto report = distproc::execute(source, fit, on, distproc::memory_writer{fits}, how);
        if (!s.json && !fits.empty())
            job.out() << std::count_if(fits.begin(), fits.end(), [](const auto& f) { return f.status == 0; }) << " of "
                      << fits.size() << " fits converged\n";
        return report;
    }
    if (s.output.empty())
        throw distproc::error("--writer " + s.writer_name + " needs a file to write: add -o FILE");
    const auto units = units_of(loops::read_units(s.file, s.dataset));
    const auto target = [&]<class Writer>(Writer to) {
        to.file = s.output;
        to.path = s.path;
        to.replace = s.replace;
        to.units = units;
        return to;
    };
    if (s.writer_name == "parallel_hdf5")
        return distproc::execute(source, fit, on, target(distproc::parallel_hdf5_writer{}), how);
    if (s.writer_name == "node_gather")
        return distproc::execute(source, fit, on,
                                 distproc::node_gather<distproc::hdf5_writer>{target(distproc::hdf5_writer{})}, how);
    return distproc::execute(source, fit, on, target(distproc::hdf5_writer{}), how);
}

} // namespace

int main(int argc, char** argv) {
    return distproc::run<executor>(argc, argv, [&](distproc::job& job) {
        settings s;
        CLI::App app{
            "Fits the nine-parameter switching loop of band-excitation piezoresponse spectroscopy to each loop"};
        describe_options(app, s);
        try {
            app.parse(argc, argv);
        } catch (const CLI::CallForHelp&) {
            job.out() << app.help();
            return 0;
        } catch (const CLI::ParseError& e) {
            throw distproc::error(std::string(e.what()) + " (fit_loops --help lists the options)");
        }
        const distproc::hdf5_source<double> scan{s.file, s.dataset};
        const auto report = s.limit ? fit_all(distproc::select(scan, 0, *s.limit), s, job) : fit_all(scan, s, job);
        if (s.json)
            job.out() << distproc::to_json(report) << '\n';
        else
            job.out() << report;
        return report.exit_code();
    });
}
