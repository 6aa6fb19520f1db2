// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes one compressed file of each form into the folder that is named; check_compressed_with_h5py.py reads them.
#include "writer/compressed_hdf5_results.hpp"
#include "writer/fill_folder.hpp"
#include <distproc/core/team.hpp>

int main(int argc, char** argv) {
    return test::fill_folder(
        argc, argv, [](const std::string& folder) { test::write_chunked_outputs(folder, distproc::solo_team{}); });
}
