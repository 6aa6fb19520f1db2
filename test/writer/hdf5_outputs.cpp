// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes one file of each form into the folder that is named; check_with_h5py.py reads them.
#include "writer/fill_folder.hpp"
#include "writer/hdf5_results.hpp"
#include <distproc/core/team.hpp>

int main(int argc, char** argv) {
    return test::fill_folder(argc, argv,
                             [](const std::string& folder) { test::write_outputs(folder, distproc::solo_team{}); });
}
