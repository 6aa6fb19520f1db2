// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include "core/scoped_environment.hpp"
#include "support/hdf5_file.hpp"
#include "writer/hdf5_results.hpp"
#include <distproc/core/error.hpp>
#include <distproc/core/team.hpp>
#include <distproc/hdf5.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace {

using distproc::hdf5_writer;
using distproc::shape;

double seventh(std::size_t k) { return static_cast<double>(k) / 7; }

template <class Result = double>
std::string opening(const hdf5_writer& writer, distproc::plan what = test::plan_of<Result>({4, 5})) {
    return test::thrown_by([&] { (void)writer.open<Result>(what, distproc::solo_team{}); });
}

/// Several ranks that exist in name only: enough for errors that come before any communication.
struct paper_team : distproc::solo_team {
    [[nodiscard]] static constexpr std::size_t size() noexcept { return 4; }
    [[nodiscard]] static std::optional<paper_team> leaders(std::size_t) { return paper_team{}; }
};

std::size_t files_in(const std::string& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

} // namespace

TEST_CASE("bare results keep the shape of the items") {
    for (const shape& items : {shape{50, 50}, shape{7, 13}, shape{1, 100003}, shape{3, 4, 5, 6}, shape{17}}) {
        const test::folder here;
        const std::size_t bytes = test::write_all<double>(hdf5_writer{here / "x.h5", "/x"},
                                                          test::plan_of<double>(items), distproc::solo_team{}, seventh);
        CHECK(bytes == distproc::volume(items) * sizeof(double));
        std::vector<hsize_t> dims;
        const auto values = test::read_dataset<double>(here / "x.h5", "/x", H5T_NATIVE_DOUBLE, &dims);
        CHECK(dims == std::vector<hsize_t>(items.begin(), items.end()));
        std::size_t wrong = values.size() == distproc::volume(items) ? 0 : 1;
        for (std::size_t k = 0; k < values.size(); ++k) {
            wrong += values[k] == seventh(k) ? 0 : 1;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("members become columns of their own types and extents") {
    const test::folder here;
    test::write_all<test::mixed>(hdf5_writer{here / "x.h5", "/fits"}, test::plan_of<test::mixed>({7, 13}),
                                 distproc::solo_team{}, test::mixed_of);
    std::vector<hsize_t> dims;
    const auto matrix = test::read_dataset<float>(here / "x.h5", "/fits/matrix", H5T_NATIVE_FLOAT, &dims);
    CHECK(dims == std::vector<hsize_t>{7, 13, 2, 3});
    const auto y = test::read_dataset<double>(here / "x.h5", "/fits/at.y", H5T_NATIVE_DOUBLE, &dims);
    CHECK(dims == std::vector<hsize_t>{7, 13});
    const auto state = test::read_dataset<int>(here / "x.h5", "/fits/state", H5T_NATIVE_INT);
    for (std::size_t k = 0; k < 91; ++k) {
        const test::mixed expected = test::mixed_of(k);
        CHECK(matrix[6 * k + 4] == expected.matrix[1][1]);
        CHECK(y[k] == expected.at.y);
        CHECK(state[k] == static_cast<int>(expected.state));
    }
}

TEST_CASE("two runs write equal bytes") {
    const test::folder here;
    const auto bytes_of = [&](const char* name) {
        test::write_all<test::mixed>(hdf5_writer{here / name, "/fits"}, test::plan_of<test::mixed>({7, 13}),
                                     distproc::solo_team{}, test::mixed_of);
        std::ifstream in(here / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    CHECK(bytes_of("a.h5") == bytes_of("b.h5"));
}

TEST_CASE("an existing output is replaced on request only, and an unfinished one is called so") {
    const test::folder here;
    hdf5_writer writer{here / "x.h5", "/fits"};
    const auto what = test::plan_of<test::mixed>({4});
    test::write_all<test::mixed>(writer, what, distproc::solo_team{}, test::mixed_of, distproc::outcome::stopped);
    CHECK(opening<test::mixed>(writer) == "output '" + writer.file.name() +
                                              "' exists, marked incomplete: the run that wrote it did not finish; set "
                                              "replace = true of the writer to overwrite it, or name another file");
    writer.replace = true;
    test::write_all<test::mixed>(writer, what, distproc::solo_team{}, test::mixed_of);
    writer.replace = false;
    CHECK(opening<test::mixed>(writer) ==
          "output '" + writer.file.name() +
              "' exists; set replace = true of the writer to overwrite it, or name another "
              "file");
    std::ofstream(here / "notes.txt") << "not an HDF5 file";
    CHECK(test::contains(opening(hdf5_writer{here / "notes.txt", "/x"}), "notes.txt' exists; set replace = true"));
    CHECK(files_in(here / "") == 2);
}

TEST_CASE("a failed run closes quietly and leaves an output that is marked incomplete") {
    const test::folder here;
    const hdf5_writer writer{here / "x.h5", "/x"};
    test::write_all<double>(writer, test::plan_of<double>({4, 5}), distproc::solo_team{}, seventh,
                            distproc::outcome::failed);
    CHECK(test::contains(opening(writer), "marked incomplete"));
    CHECK(test::read_dataset<double>(here / "x.h5", "/x", H5T_NATIVE_DOUBLE)[19] == seventh(19));
}

TEST_CASE("a session that is dropped without close neither throws nor keeps the file") {
    const test::folder here;
    hdf5_writer writer{here / "x.h5", "/x"};
    { auto session = writer.open<double>(test::plan_of<double>({4}), distproc::solo_team{}); }
    CHECK(test::contains(opening(writer), "marked incomplete"));
    writer.replace = true;
    CHECK(opening(writer).empty());
}

TEST_CASE("bad outputs") {
    const test::folder here;
    CHECK(opening(hdf5_writer{here / "no/where/x.h5", "/x"}) == "directory '" + (here / "no/where") + "' of output '" +
                                                                    (here / "no/where/x.h5") +
                                                                    "' does not exist; create it first");
    CHECK(test::contains(opening(hdf5_writer{here / "", "/x", true}), "is a directory; name a file in it"));
    CHECK(test::contains(opening(hdf5_writer{"", "/x"}), "the output has no file name"));
    CHECK(test::contains(opening(hdf5_writer{here / "x.h5", "/"}), "one dataset needs a name, '/' is the root group"));
    CHECK(opening<test::mixed>(hdf5_writer{here / "x.h5", "/"}).empty());

    hdf5_writer units{here / "y.h5", "/x"};
    units.units = {{"amplitude", "V"}};
    CHECK(opening(units) == "units are given for 'amplitude', but the members of the result are '' (a result without "
                            "members has its units under \"\")");
    hdf5_writer reserved{here / "y.h5", "/x"};
    reserved.attributes = {{"complete", 7}};
    CHECK(test::contains(opening(reserved), "attribute 'complete' of output"));
    CHECK(files_in(here / "") == 1); // no temporary file stays behind

    auto deep = test::plan_of<double>(shape(40, 1));
    CHECK(
        test::contains(opening(hdf5_writer{here / "y.h5", "/x"}, deep), "would have 40 axes, but HDF5 has at most 32"));
    CHECK(files_in(here / "") == 1);
}

TEST_CASE("a folder that cannot be written") {
    if (::geteuid() == 0) {
        const std::string text = opening(hdf5_writer{"/proc/x.h5", "/x"}); // nobody may write there
        CHECK(test::contains(text, "/proc/x.h5"));
        return;
    }
    const test::folder here;
    ::chmod((here / "").c_str(), 0500);
    CHECK(test::contains(opening(hdf5_writer{here / "x.h5", "/x"}), "cannot be written: directory"));
    ::chmod((here / "").c_str(), 0700);
}

TEST_CASE("the source is never overwritten, whatever its name") {
    const test::folder here;
    const double value = 1;
    test::write_dataset(here / "scan.h5", "/x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {}, &value);
    std::filesystem::create_symlink(here / "scan.h5", here / "link.h5");
    std::filesystem::create_hard_link(here / "scan.h5", here / "hard.h5");
    auto what = test::plan_of<double>({4});
    what.source_files = {here / "other.h5", here / "scan.h5"};
    for (const char* name : {"scan.h5", "link.h5", "hard.h5", "./scan.h5"}) {
        CHECK(opening(hdf5_writer{here / name, "/y", true}, what) ==
              "output '" + (here / name) + "' is the source file '" + (here / "scan.h5") + "'; write to another file");
    }
    CHECK(test::read_dataset<double>(here / "scan.h5", "/x", H5T_NATIVE_DOUBLE)[0] == 1);
}

TEST_CASE("a dry run leaves nothing behind") {
    const test::folder here;
    auto what = test::plan_of<test::mixed>({50, 50});
    what.dry_run = true;
    auto session = hdf5_writer{here / "x.h5", "/fits"}.open<test::mixed>(what, distproc::solo_team{});
    CHECK(test::contains(session.description(), "x.h5:/fits, 9 datasets of 50 x 50, "));
    CHECK(test::contains(session.description(), "created and removed again (dry run)"));
    session.finish();
    session.close(distproc::outcome::stopped);
    CHECK(files_in(here / "") == 0);

    std::ofstream(here / "x.h5") << "something";
    CHECK(test::contains(opening<test::mixed>(hdf5_writer{here / "x.h5", "/fits"}, what), "exists"));
    CHECK(opening<test::mixed>(hdf5_writer{here / "x.h5", "/fits", true}, what).empty());
    CHECK(std::filesystem::file_size(here / "x.h5") == 9);
}

TEST_CASE("descriptions") {
    const test::folder here;
    const auto text = [&](auto result, distproc::hdf5_records records) {
        using type = decltype(result);
        const hdf5_writer writer{here / "x.h5", "/fits", true, records};
        return writer.open<type>(test::plan_of<type>({50, 50}), distproc::solo_team{}).description();
    };
    CHECK(test::contains(text(double{}, distproc::hdf5_records::columns), "x.h5:/fits, 1 dataset of 50 x 50, "));
    CHECK(test::contains(text(double{}, distproc::hdf5_records::columns), "kB, written by one rank"));
    CHECK(test::contains(text(test::mixed{}, distproc::hdf5_records::compound), "1 dataset of 50 x 50 records"));
}

TEST_CASE("several ranks without a way to share a file are told what to do") {
    const test::folder here;
    const auto what = test::plan_of<double>({4});
    const auto text = test::thrown_by([&] { (void)hdf5_writer{here / "x.h5", "/x"}.open<double>(what, paper_team{}); });
    const auto parallel = test::thrown_by([&] {
        (void)distproc::parallel_hdf5_writer{here / "x.h5", "/x"}.open<double>(what, paper_team{});
    });
#ifdef H5_HAVE_PARALLEL
    const std::string reason = "they have no MPI communicator; use mpi_executor or hybrid_executor, or "
                               "node_gather<hdf5_writer>";
#else
    const std::string reason = "this HDF5 is serial; use node_gather<hdf5_writer> on one node, or link a parallel HDF5";
#endif
    CHECK(text == "hdf5_writer: 4 ranks cannot write '" + (here / "x.h5") + "' together, because " + reason);
    CHECK(parallel ==
          "parallel_hdf5_writer: 4 ranks cannot write '" + (here / "x.h5") + "' together, because " + reason);
    CHECK(files_in(here / "") == 0);
}

TEST_CASE("parallel_hdf5_writer does not fall back to one writer") {
    const test::folder here;
    const auto opening_parallel = [&] {
        return test::thrown_by([&] {
            (void)distproc::parallel_hdf5_writer{here / "x.h5", "/x"}.open<double>(test::plan_of<double>({4}),
                                                                                   distproc::solo_team{});
        });
    };
    const std::string who = "parallel_hdf5_writer: '" + (here / "x.h5") + "' cannot be written in parallel, because ";
#ifdef H5_HAVE_PARALLEL
    {
        const distproc::test::scoped_environment rank("OMPI_COMM_WORLD_RANK", "0");
        const distproc::test::scoped_environment ranks("OMPI_COMM_WORLD_SIZE", "3");
        CHECK(opening_parallel() == who + "one rank would write although 3 were started; use hdf5_writer, or "
                                          "mpi_executor or hybrid_executor on all ranks");
    }
    CHECK(files_in(here / "") == 0);
    CHECK(opening_parallel().empty()); // a process on its own is every rank
#else
    CHECK(opening_parallel() == who + "this HDF5 is serial; use hdf5_writer, or link a parallel HDF5");
    CHECK(files_in(here / "") == 0);
#endif
}

TEST_CASE("a file that is made while the output is created is not overwritten") {
    const test::folder here;
    using distproc::detail::publish;
    std::ofstream(here / "new") << "mine";
    std::ofstream(here / "x.h5") << "theirs";
    CHECK(!publish(here / "new", here / "x.h5", false));
    CHECK(std::filesystem::file_size(here / "x.h5") == 6);
    CHECK(std::filesystem::file_size(here / "new") == 4);
    std::filesystem::create_symlink(here / "nowhere", here / "link.h5");
    CHECK(!publish(here / "new", here / "link.h5", false));
    CHECK(publish(here / "new", here / "y.h5", false));
    CHECK(std::filesystem::file_size(here / "y.h5") == 4);
    CHECK(!std::filesystem::exists(here / "new"));
    CHECK(publish(here / "y.h5", here / "x.h5", true));
    CHECK(std::filesystem::file_size(here / "x.h5") == 4);
    CHECK(files_in(here / "") == 2);
    CHECK(test::contains(test::thrown_by([&] { (void)publish(here / "x.h5", here / "no/x.h5", false); }),
                         "cannot be renamed to"));
}

TEST_CASE("large blocks are packed in pieces") {
    const test::folder here;
    const auto what = test::plan_of<test::mixed>({300000});
    auto session = hdf5_writer{here / "x.h5", "/fits"}.open<test::mixed>(what, distproc::solo_team{});
    std::vector<test::mixed> results;
    for (std::size_t k = 0; k < 300000; ++k) {
        results.push_back(test::mixed_of(k));
    }
    session.write(0, std::span<const test::mixed>(results));
    session.finish();
    session.close(distproc::outcome::complete);
    const auto large = test::read_dataset<std::uint64_t>(here / "x.h5", "/fits/large", H5T_NATIVE_UINT64);
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < large.size(); ++k) {
        wrong += large[k] == results[k].large ? 0 : 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("the path may stand in a pair of braces with the file, as inside node_gather") {
    const distproc::hdf5_writer writer{{"fits.h5", "/fits"}};
    CHECK(writer.file.name() == "fits.h5");
    CHECK(writer.file.path() == "/fits");
    const test::folder here;
    const std::string file = here / "braces.h5";
    const std::vector<double> items(6, 1.5);
    const auto twice = [](double x) { return 2 * x; };
    const auto report =
        distproc::execute(items, twice, distproc::serial_executor{}, distproc::hdf5_writer{{file, "/twice"}});
    CHECK(test::contains(report.output, "braces.h5:/twice, 1 dataset of 6"));
    std::vector<double> read;
    distproc::execute(
        distproc::hdf5_elements<double>{{file, "/twice"}}, [](double x) { return x; }, distproc::serial_executor{},
        distproc::memory_writer{read});
    CHECK(read == std::vector<double>(6, 3.0));
}
