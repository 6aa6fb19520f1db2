// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Runs the competitors on data as std::vector has them (16-byte aligned) and on 64-byte aligned data. In cell form the
// library copies the former through an aligned scratch in the cache, which is what keeps the bits the same.

#include "../../common/table.hpp"
#include "axpy.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <vector>

namespace {

using competitor = void (*)(axpy::line, axpy::inputs, axpy::outputs);

/// How many doubles from `data` the next multiple of 64 bytes, plus `bytes`, lies away.
std::size_t doubles_to_alignment(const double* data, std::size_t bytes) {
    return (64 + bytes - reinterpret_cast<std::uintptr_t>(data) % 64) % 64 / sizeof(double);
}

class axpy_bench {
public:
    axpy_bench(std::size_t items, bench::table& results)
        : items_(items), results_(results), x_(items + 8), y_(items + 8), expected_(items) {
        for (std::size_t k = 0; k < x_.size(); ++k) {
            x_[k] = std::sqrt(static_cast<double>(k));
        }
    }

    void add(const char* hand_name, competitor hand, const char* ours_name, competitor ours, double goal) {
        for (const std::size_t offset : {std::size_t{16}, std::size_t{0}}) {
            const axpy::inputs x(x_.data() + doubles_to_alignment(x_.data(), offset), items_);
            const axpy::outputs y(y_.data() + doubles_to_alignment(y_.data(), offset), items_);
            const std::string name = std::string(ours_name) + (offset == 0 ? ", aligned" : ", std::vector");
            results_.add(
                {"axpy", hand_name, name, goal}, [&] { hand({}, x, y); }, [&] { ours({}, x, y); },
                [](auto& f) { return bench::wall_seconds(f); });
            check_same(x, y, hand, ours, name);
        }
    }

private:
    void check_same(axpy::inputs x, axpy::outputs y, competitor hand, competitor ours, const std::string& name) {
        hand({}, x, expected_);
        std::memset(y.data(), 0, y.size_bytes());
        ours({}, x, y);
        if (std::memcmp(y.data(), expected_.data(), y.size_bytes()) != 0) {
            throw std::runtime_error(name + ": other results than the hand-written code");
        }
    }

    std::size_t items_;
    bench::table& results_;
    std::vector<double> x_;
    std::vector<double> y_;
    std::vector<double> expected_;
};

} // namespace

int main(int argc, char** argv) try {
    const bench::arguments given(argc, argv);
    bench::table results(given, true);
    axpy_bench bench(given.items_or(100'000'000), results);
    bench.add("plain loop", axpy::plain_loop, "serial, item form", axpy::distproc_serial_items, 1.10);
    bench.add("plain loop", axpy::plain_loop, "serial, cell form", axpy::distproc_serial_cells, 1.05);
#ifdef BENCH_HAS_TBB
    bench.add("raw oneTBB", axpy::raw_tbb, "tbb, item form", axpy::distproc_tbb_items, 1.10);
    bench.add("raw oneTBB", axpy::raw_tbb, "tbb, cell form", axpy::distproc_tbb_cells, 1.05);
#endif
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
