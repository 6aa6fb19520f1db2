// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes one directory of each form into the folder that is named; check_with_zarr.py reads them.
#include "writer/fill_folder.hpp"
#include "writer/shard_results.hpp"
#include <distproc/core/team.hpp>

int main(int argc, char** argv) {
    return test::fill_folder(
        argc, argv, [](const std::string& folder) { test::write_shard_outputs(folder, distproc::solo_team{}); });
}
