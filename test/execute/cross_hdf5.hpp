// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

// The cross product from and to HDF5 files: sources, forms of compute and writers on one executor.
#include "conformance/hdf5_output.hpp"
#include "execute/cross.hpp"
#include "support/hdf5_file.hpp"
#include "support/shared_folder.hpp"
#include <distproc/source/hdf5.hpp>
#include <distproc/writer/hdf5.hpp>

#include <hdf5.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

/// A folder of rank 0, which all ranks use, with the rows as datasets (items, row) and (row, items) in a file.
template <class Team>
class files {
public:
    files(Team ranks, const rows& in) : folder_(std::move(ranks)) {
        if (folder_.ranks().rank() == 0) {
            write(in);
        }
        folder_.ranks().meet([] {});
    }

    [[nodiscard]] const std::string& path() const { return folder_.path(); }
    [[nodiscard]] std::string input() const { return folder_ / "in.h5"; }

private:
    void write(const rows& in) const {
        std::vector<hsize_t> dims(in.items.begin(), in.items.end());
        dims.push_back(in.length);
        const std::string file = input();
        write_dataset(file, "/rows", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, dims, in.numbers.data() + 1);
        dims.pop_back();
        dims.insert(dims.begin(), in.length);
        write_dataset(file, "/columns", H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, dims, in.transposed().data());
        dims.erase(dims.begin());
        write_dataset(file, "/factors", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, dims, in.factors.data());
    }

    shared_folder<Team> folder_;
};

template <class Compute, class Executor, class Source>
void to_hdf5(const Executor& on, const Source& source, const rows& in, bool factors, const std::string& path) {
    CAPTURE(Compute::name);
    const auto ranks = on.make_team();
    const auto& expected = in.plain_loop(factors, Compute::random);
    hdf5_output<finding> output(path + std::string(Compute::name));
    const auto check = [&](std::string_view what, const auto& writer) {
        CAPTURE(what);
        check_report(execute(source, Compute{}, on, writer, quiet()), in);
        if (ranks.rank() == 0) {
            CHECK(differing(output.read(), expected) == 0);
            CHECK(output.shape() == in.items);
            std::filesystem::remove(output.file());
        }
        ranks.meet([] {});
    };
    {
        INFO("memory");
        std::vector<finding> results;
        check_report(execute(source, Compute{}, on, distproc::memory_writer{results}, quiet()), in);
        CHECK(differing(results, expected) == (ranks.rank() == 0 ? 0 : in.count));
    }
    check("columns", output.next());
    check("gathered columns", distproc::node_gather{output.next()});
    output.records = distproc::hdf5_records::compound;
    check("records", output.next());
    check("gathered records, two nodes for a writer", distproc::node_gather{output.next(), 2});
    output.records = distproc::hdf5_records::columns;
    if constexpr (distproc::detail::shares_hdf5_files<decltype(on.make_team())>()) {
        const distproc::hdf5_writer writer = output.next();
        check("parallel", distproc::parallel_hdf5_writer{.file = writer.file, .path = writer.path});
    }
}

template <class Executor, class Source>
void all_forms_to_hdf5(const Executor& on, const Source& source, const rows& in, bool factors,
                       const std::string& path) {
    to_hdf5<by_item>(on, source, in, factors, path);
    to_hdf5<with_context>(on, source, in, factors, path);
    to_hdf5<with_workspace>(on, source, in, factors, path);
    to_hdf5<by_cell>(on, source, in, factors, path);
}

template <class Executor>
void cross_hdf5(const Executor& on) {
    for (const rows& in : inputs()) {
        CAPTURE(distproc::to_string(in.items));
        const files in_files(on.make_team(), in);
        const distproc::hdf5_source<double> source{in_files.input(), "/rows"};
        {
            INFO("rows");
            all_forms_to_hdf5(on, source, in, false, in_files.path() + "rows ");
        }
        {
            INFO("columns");
            const distproc::hdf5_source<double> columns{in_files.input(), "/columns", {1, 2}};
            all_forms_to_hdf5(on, columns, in, false, in_files.path() + "columns ");
        }
        {
            INFO("zip");
            const distproc::hdf5_elements<double> factors{in_files.input(), "/factors"};
            all_forms_to_hdf5(on, distproc::zip_source(source, factors), in, true, in_files.path() + "zip ");
        }
    }
}

} // namespace test
