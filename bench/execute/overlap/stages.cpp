// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors

#include "../../common/folder.hpp"
#include "../../common/spin.hpp"
#include "../../common/table.hpp"
#include "overlap.hpp"
#include <distproc/core/compute.hpp>
#include <distproc/execute.hpp>
#include <distproc/executor/mpi.hpp>
#include <distproc/source/hdf5.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/null.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace overlap {

namespace {

// A rank with its I/O beside the computing.
using executor = distproc::mpi_executor<>;

distproc::options quiet() {
    distproc::options how;
    how.show = distproc::progress::off;
    return how;
}

auto numbers(std::size_t items) { return std::views::iota(std::size_t{0}, items); }

template <class F>
double timed(const job& what, F&& f) {
    std::filesystem::remove(what.folder + "/out.h5");
    bench::settle_disk(what.folder);
    return bench::wall_seconds(f);
}

std::size_t write_calls() {
    std::ifstream in("/proc/self/io");
    std::string name;
    std::size_t number = 0;
    while (in >> name >> number) {
        if (name == "syscw:") {
            return number;
        }
    }
    return 0;
}

} // namespace

void make_input(const job& what) {
    const auto fill = [](std::size_t item, std::span<double> out) {
        std::fill(out.begin(), out.end(), static_cast<double>(item));
    };
    distproc::execute(numbers(what.items), distproc::arrays({what.values_in}, fill), executor{},
                      distproc::hdf5_writer{.file = what.folder + "/in.h5", .path = "/values", .replace = true},
                      quiet());
}

double reading(const job& what) {
    return timed(what, [&] {
        const distproc::hdf5_source<double> in{what.folder + "/in.h5", "/values"};
        distproc::execute(
            in, [](std::span<const double> x) { return x.front(); }, executor{}, distproc::null_writer{}, quiet());
    });
}

double computing(const job& what) {
    return timed(what, [&] {
        const auto compute = [s = what.seconds](std::size_t item, std::span<double> out) {
            bench::use_device(s);
            out[0] = static_cast<double>(item);
        };
        distproc::execute(numbers(what.items), distproc::arrays({what.values_out}, compute), executor{},
                          distproc::null_writer{}, quiet());
    });
}

double writing(const job& what) {
    return timed(what, [&] {
        const auto fill = [](std::size_t item, std::span<double> out) { out[0] = static_cast<double>(item); };
        distproc::execute(numbers(what.items), distproc::arrays({what.values_out}, fill), executor{},
                          distproc::hdf5_writer{what.folder + "/out.h5", "/values"}, quiet());
    });
}

double all_three(const job& what) {
    return timed(what, [&] {
        const distproc::hdf5_source<double> in{what.folder + "/in.h5", "/values"};
        const auto compute = [s = what.seconds](std::span<const double> x, std::span<double> out) {
            bench::use_device(s);
            out[0] = x.back();
        };
        distproc::execute(in, distproc::arrays({what.values_out}, compute), executor{},
                          distproc::hdf5_writer{what.folder + "/out.h5", "/values"}, quiet());
    });
}

double raw_together(const job& what) {
    const std::string in = what.folder + "/in.h5";
    const std::string out = what.folder + "/out.raw";
    std::filesystem::remove(out);
    bench::settle_disk(what.folder);
    constexpr std::size_t piece = std::size_t{1} << 20U;
    const auto read_all = [&] {
        std::vector<char> buffer(piece);
        const int file = ::open(in.c_str(), O_RDONLY | O_CLOEXEC);
        for (off_t at = 0;; at += static_cast<off_t>(piece)) {
            if (::pread(file, buffer.data(), piece, at) <= 0) {
                break;
            }
        }
        ::close(file);
    };
    const auto write_all = [&] {
        const std::vector<char> buffer(piece, 'x');
        const int file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        const std::size_t bytes = what.items * what.values_out * sizeof(double);
        for (std::size_t at = 0; at < bytes; at += piece) {
            if (::pwrite(file, buffer.data(), std::min(piece, bytes - at), static_cast<off_t>(at)) < 0) {
                throw std::runtime_error("cannot write '" + out + "'");
            }
        }
        ::fdatasync(file);
        ::close(file);
    };
    const double seconds = bench::wall_seconds([&] {
        std::jthread reader(read_all);
        write_all();
    });
    std::filesystem::remove(out);
    return seconds;
}

small_results write_small_results(const std::string& folder, std::size_t items) {
    const std::string file = folder + "/small.h5";
    const std::size_t before = write_calls();
    const auto done = distproc::execute(
        numbers(items), [](std::size_t item) { return std::sqrt(static_cast<double>(item)); }, executor{},
        distproc::hdf5_writer{file, "/values"}, quiet());
    const std::size_t calls = write_calls() - before;
    std::filesystem::remove(file);
    return {done.items, done.blocks, calls};
}

} // namespace overlap
