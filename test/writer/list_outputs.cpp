// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes lists into the folder that is named, as HDF5, compressed or not, and as Zarr, and one of these merged into
// HDF5; check_lists.py reads them.
#include "writer/list_outputs.hpp"

#include "writer/fill_folder.hpp"
#include <distproc/executor/tbb.hpp>
#include <distproc/writer/merge_shards.hpp>

#include <filesystem>
#include <string>

int main(int argc, char** argv) {
    return test::fill_folder(argc, argv, [](const std::string& folder) {
        test::write_list_outputs(folder, distproc::tbb_executor{.threads = 4});
        const std::string merged = folder + "/50 x 50 merged.h5";
        std::filesystem::remove(merged);
        distproc::merge_shards(folder + "/50 x 50.zarr", merged, "/peaks");
    });
}
