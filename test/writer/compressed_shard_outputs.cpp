// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes one compressed directory of each form into the folders zstd and gzip of the one that is named;
// check_with_zarr.py reads them.
#include "writer/fill_folder.hpp"
#include "writer/shard_results.hpp"
#include <distproc/core/team.hpp>
#include <distproc/writer/compressed_shard.hpp>

#include <filesystem>
#include <string>

int main(int argc, char** argv) {
    return test::fill_folder(argc, argv, [](const std::string& folder) {
        for (const auto method : {distproc::codec::zstd, distproc::codec::deflate}) {
            distproc::compressed_shard_writer base;
            base.compression.method = method;
            const std::string here = folder + (method == distproc::codec::zstd ? "/zstd" : "/gzip");
            std::filesystem::create_directories(here);
            test::write_shard_outputs(here, distproc::solo_team{}, base);
        }
    });
}
