// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Alone in its program: HDF5 looks once for the folder of its plugins.
#include "support/folder.hpp"
#include "writer/sample_results.hpp"
#include <distproc/core/team.hpp>
#include <distproc/writer/compressed_hdf5.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

TEST_CASE("a codec whose filter this HDF5 does not have is said before anything is written") {
    const test::folder empty;
    REQUIRE(::setenv("HDF5_PLUGIN_PATH", (empty / "").c_str(), 1) == 0);
    const test::folder folder;
    const distproc::compressed_hdf5_writer writer{.file = folder / "a.h5", .compression = {distproc::codec::zstd}};
    auto what = test::plan_of<double>({7, 13});
    what.grid = distproc::granules({7, 13}, writer.grain(what.result, {7, 13}));
    const std::string said = test::thrown_by([&] { (void)writer.open<double>(what, distproc::solo_team{}); });
    CHECK(said ==
          "compressed_hdf5_writer: this HDF5 has no filter for zstd; install the plugin of filter 32015 and let "
          "HDF5_PLUGIN_PATH name its folder, or use codec::deflate");
    CHECK(std::filesystem::is_empty(folder / ""));
}
