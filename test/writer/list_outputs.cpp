// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes lists into the folder that is named, as HDF5, compressed or not, and as Zarr; check_lists.py reads them.
#include "writer/list_outputs.hpp"

#include "writer/fill_folder.hpp"
#include <distproc/executor/tbb.hpp>

int main(int argc, char** argv) {
    return test::fill_folder(argc, argv, [](const std::string& folder) {
        test::write_list_outputs(folder, distproc::tbb_executor{.threads = 4});
    });
}
