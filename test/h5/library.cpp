// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#include <distproc/h5/library.hpp>
#include <distproc/writer/hdf5.hpp>
#include <distproc/writer/node_gather.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("the library names itself") {
    const std::string text = distproc::h5::library_text();
    const std::string version =
        std::to_string(H5_VERS_MAJOR) + "." + std::to_string(H5_VERS_MINOR) + "." + std::to_string(H5_VERS_RELEASE);
    CHECK(text.find("HDF5 " + version + ", ") == 0);
#ifdef H5_HAVE_PARALLEL
    CHECK(text.find("parallel") != std::string::npos);
#else
    CHECK(text.find("serial") != std::string::npos);
#endif
    const distproc::node_gather to{distproc::hdf5_writer{"fits.h5", "/fits"}};
    CHECK(to.library() == text);
    CHECK(to.output() == "fits.h5");
}
