// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Small things that a program reads from an HDF5 file as a whole, before the run: the voltages, a unit.
#pragma once

#include <distproc/h5/attributes.hpp>
#include <distproc/h5/lookup.hpp>

#include <string>
#include <vector>

namespace loops {

/// All numbers of a dataset with one axis. Throws distproc::error that names file and dataset.
inline std::vector<double> read_axis(const std::string& file_name, const std::string& path) {
    namespace h5 = distproc::h5;
    const h5::guard lock;
    const std::string subject = h5::address(file_name, path);
    const h5::file file = h5::open_for_reading(file_name);
    const h5::dataset data = h5::open_dataset(file, file_name, path);
    const h5::dataspace space(H5Dget_space(data), "H5Dget_space", subject);
    const h5::datatype type(H5Dget_type(data), "H5Dget_type", subject);
    const H5T_class_t kind = H5Tget_class(type);
    if (H5Sget_simple_extent_ndims(space) != 1 || (kind != H5T_FLOAT && kind != H5T_INTEGER))
        throw distproc::error("'" + subject + "' is no list of numbers; name a dataset of numbers with one axis");
    std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    if (!values.empty())
        h5::check(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "H5Dread", subject);
    return values;
}

/// The text attribute `units` of a dataset; "a.u." where there is none.
inline std::string read_units(const std::string& file_name, const std::string& path) {
    namespace h5 = distproc::h5;
    const h5::guard lock;
    const h5::file file = h5::open_for_reading(file_name);
    const h5::dataset data = h5::open_dataset(file, file_name, path);
    if (H5Aexists(data, "units") <= 0)
        return "a.u.";
    const h5::attribute units(H5Aopen(data, "units", H5P_DEFAULT), "H5Aopen", "units");
    const h5::datatype type(H5Aget_type(units), "H5Aget_type", "units");
    const h5::dataspace space(H5Aget_space(units), "H5Aget_space", "units");
    if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1)
        return "a.u.";
    const h5::datatype memory(H5Tcopy(H5T_C_S1), "H5Tcopy", "units");
    h5::check(H5Tset_cset(memory, H5Tget_cset(type)), "H5Tset_cset", "units");
    if (H5Tis_variable_str(type) > 0) {
        h5::check(H5Tset_size(memory, H5T_VARIABLE), "H5Tset_size", "units");
        char* characters = nullptr;
        h5::check(H5Aread(units, memory, &characters), "H5Aread", "units");
        const std::string text = characters == nullptr ? "" : characters;
        H5free_memory(characters);
        return text;
    }
    std::string text(H5Tget_size(type) + 1, '\0');
    h5::check(H5Tset_size(memory, text.size()), "H5Tset_size", "units");
    h5::check(H5Aread(units, memory, text.data()), "H5Aread", "units");
    return text.c_str();
}

} // namespace loops
