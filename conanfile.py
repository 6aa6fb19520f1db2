# SPDX-License-Identifier: BSL-1.0
from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy

required_conan_version = ">=2.0"


class DistprocConan(ConanFile):
    name = "distproc"
    version = "0.1.0"
    description = "One algorithm for one item, run on every executor, with results in memory or in HDF5"
    license = "BSL-1.0"
    topics = ("hpc", "mpi", "tbb", "hdf5", "parallel", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"with_tbb": [True, False], "with_mpi": [True, False], "with_hdf5": [True, False],
               "with_compress": [True, False], "with_zarr": [True, False]}
    default_options = {"with_tbb": False, "with_mpi": False, "with_hdf5": False, "with_compress": False, "with_zarr": False}
    exports_sources = "include/*", "LICENSE"
    no_copy_source = True
    test_package_folder = "packaging/conan_test"

    def configure(self):
        if self.options.with_mpi:
            self.options["boost"].without_mpi = False
            if self.options.with_hdf5:
                self.options["hdf5"].parallel = True
                self.options["hdf5"].enable_cxx = False

    def requirements(self):
        if self.options.with_tbb:
            self.requires("onetbb/2021.12.0")
        if self.options.with_mpi:
            self.requires("openmpi/4.1.0")
            self.requires("boost/1.83.0")
        if self.options.with_hdf5:
            self.requires("hdf5/1.14.3")
        if self.options.with_compress or self.options.with_zarr:
            self.requires("zlib/1.3.1")
            self.requires("zstd/1.5.5")
        if self.options.with_zarr:
            self.requires("nlohmann_json/3.11.3")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)
        if self.options.with_mpi and self.dependencies["boost"].options.without_mpi:
            raise ConanInvalidConfiguration("distproc with_mpi needs Boost.MPI: set -o boost/*:without_mpi=False")

    def package(self):
        copy(self, "LICENSE", self.source_folder, str(Path(self.package_folder) / "licenses"))
        copy(self, "*.hpp", str(Path(self.source_folder) / "include"), str(Path(self.package_folder) / "include"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "distproc")

        def component(name, target, requires):
            part = self.cpp_info.components[name]
            part.set_property("cmake_target_name", f"distproc::{target}")
            part.requires = requires
            part.bindirs = []
            part.libdirs = []
            return part

        core = component("core", "distproc", [])
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs = ["pthread", "dl"]
        if self.options.with_tbb:
            component("tbb", "tbb", ["core", "onetbb::libtbb"])
        if self.options.with_mpi:
            component("mpi", "mpi", ["core", "openmpi::openmpi", "boost::mpi", "boost::serialization"])
        if self.options.with_hdf5:
            needs = ["core", "hdf5::hdf5_c"] + (["openmpi::openmpi"] if self.options.with_mpi else [])
            component("hdf5", "hdf5", needs)
        if self.options.with_compress or self.options.with_zarr:
            component("compress", "compress", ["core", "zlib::zlib", "zstd::zstdlib"])
        if self.options.with_zarr:
            component("zarr", "zarr", ["compress", "nlohmann_json::nlohmann_json"])
        if self.options.with_zarr and self.options.with_hdf5:
            component("zarr_hdf5", "zarr_hdf5", ["zarr", "hdf5"])
        if self.options.with_hdf5 and (self.options.with_compress or self.options.with_zarr):
            component("compressed_hdf5", "compressed_hdf5", ["compress", "hdf5"])
        if self.options.with_tbb and self.options.with_mpi:
            component("hybrid", "hybrid", ["tbb", "mpi"])
