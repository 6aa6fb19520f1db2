// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// The folder of an output gets another name, or nothing can be made in it any more, in the midst of a run: the run
// ends, with an error that names the output unless all of it was written nevertheless.
#include "flow/hooks.hpp"
#include "support/folder.hpp"
#include "support/hdf5_file.hpp"
#include <distproc/execute.hpp>
#include <distproc/source/range.hpp>
#include <distproc/source/shard.hpp>
#include <distproc/writer/compressed_hdf5.hpp>
#include <distproc/writer/compressed_shard.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>
#include <distproc/writer/shard.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

using test::contains;

namespace {

constexpr std::size_t spoiled_items = 3000;

/// Acts as an ordinary user while it lives, since permissions do not bind root.
class ordinary_user {
public:
    explicit ordinary_user(const std::string& folder) : was_root_(::geteuid() == 0) {
        constexpr uid_t nobody = 65534;
        if (was_root_) {
            REQUIRE(::chown(folder.c_str(), nobody, nobody) == 0);
            REQUIRE(::seteuid(nobody) == 0);
        }
    }
    ~ordinary_user() {
        if (was_root_) {
            CHECK(::seteuid(0) == 0);
        }
    }
    ordinary_user(const ordinary_user&) = delete;
    ordinary_user& operator=(const ordinary_user&) = delete;

private:
    bool was_root_;
};

/// What a run says whose folder is spoiled at its middle item.
template <class Writer>
std::string run_spoiled(const Writer& to, const std::function<void()>& spoil) {
    std::vector<std::size_t> numbers(spoiled_items);
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    const auto compute = [&](std::size_t item) {
        if (item == spoiled_items / 2) {
            spoil();
        }
        return static_cast<double>(item) + 0.5;
    };
    test::hooks two_workers;
    return test::thrown_by([&] {
        const auto done = distproc::execute(numbers, compute, test::hooked_executor<true>{&two_workers}, to,
                                            {.show = distproc::progress::off, .block_seconds = 1e-4});
        CHECK(done.items == spoiled_items);
    });
}

std::vector<double> spoiled_results() {
    std::vector<double> all(spoiled_items);
    std::iota(all.begin(), all.end(), 0.5);
    return all;
}

/// Each writer, with the name of its output, and whether it must make files at the end of a run.
void with_each_writer(
    const std::function<void(const std::string&, bool,
                             const std::function<std::string(const std::string&, const std::function<void()>&)>&)>&
        test) {
    const auto with = [&](const std::string& name, bool makes_files, const auto& make) {
        CAPTURE(name);
        test(name, makes_files, [&](const std::string& output, const std::function<void()>& spoil) {
            return run_spoiled(make(output), spoil);
        });
    };
    with("x.h5", false, [](const std::string& file) { return distproc::hdf5_writer{file, "/x"}; });
    with("gathered.h5", false, [](const std::string& file) {
        return distproc::node_gather{distproc::hdf5_writer{file, "/x"}};
    });
    with("compressed.h5", true, [](const std::string& file) { return distproc::compressed_hdf5_writer{file, "/x"}; });
    with("x.zarr", true, [](const std::string& path) {
        return distproc::shard_writer{.path = path, .shard_bytes = 4096, .chunk = {100}};
    });
    with("compressed.zarr", true, [](const std::string& path) {
        return distproc::compressed_shard_writer{.path = path, .shard_bytes = 4096, .chunk = {100}};
    });
}

} // namespace

TEST_CASE("the folder of an output goes in the midst of a run") {
    with_each_writer([](const std::string& name, bool, const auto& run) {
        const test::folder here;
        const std::string folder = here / "out";
        std::filesystem::create_directory(folder);
        const std::string output = folder + "/" + name;
        std::atomic<bool> spoiled{false};
        const std::string said = run(output, [&] {
            std::filesystem::rename(folder, here / "gone"); // at once, whatever other threads make in it
            spoiled = true;
        });
        MESSAGE(said);
        CHECK(spoiled);
        CHECK(contains(said, output));
        CHECK_FALSE(std::filesystem::exists(output));
    });
}

TEST_CASE("the folder of an output becomes read-only in the midst of a run") {
    with_each_writer([](const std::string& name, bool makes_files, const auto& run) {
        const test::folder here;
        const std::string folder = here / "out";
        std::filesystem::create_directory(folder);
        std::filesystem::permissions(here / "", std::filesystem::perms::all);
        const std::string output = folder + "/" + name;
        const ordinary_user user(folder);
        std::atomic<bool> spoiled{false};
        const std::string said = run(output, [&] {
            const bool directory = std::filesystem::is_directory(output);
            spoiled = ::chmod(folder.c_str(), 0555) == 0 && (!directory || ::chmod(output.c_str(), 0555) == 0);
        });
        MESSAGE(said);
        CHECK(spoiled);
        if (makes_files) {
            CHECK(contains(said, output));
            CHECK(contains(said, "Permission denied"));
        } else {
            CHECK(said == "");
            CHECK(test::read_dataset<double>(output, "/x", H5T_NATIVE_DOUBLE) == spoiled_results());
        }
        CHECK(::chmod(folder.c_str(), 0755) == 0);
        if (std::filesystem::is_directory(output)) {
            CHECK(::chmod(output.c_str(), 0755) == 0);
        }
    });
}
