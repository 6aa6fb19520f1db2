// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes one compressed directory of each form into the folder that is named, with gzip where its name ends so, else
// with zstd; check_with_zarr.py reads them.
#include "writer/fill_folder.hpp"
#include "writer/shard_results.hpp"
#include <distproc/core/team.hpp>
#include <distproc/writer/compressed_shard.hpp>

int main(int argc, char** argv) {
    return test::fill_folder(argc, argv, [](const std::string& folder) {
        distproc::compressed_shard_writer base;
        base.compression.method = folder.ends_with("gzip") ? distproc::codec::deflate : distproc::codec::zstd;
        test::write_shard_outputs(folder, distproc::solo_team{}, base);
    });
}
