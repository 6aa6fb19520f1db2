// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Shows: nothing of the library; draws what it has written. A two-dimensional dataset becomes a PNG picture with a
//        colour bar, whose ends are the 2nd and the 98th percentile. Points that are no number are grey.
// Run:   ./draw_map fits.h5 /fits/amplitude amplitude.png
// Prints "amplitude.png: 50 x 50 points, colours from -0.00018 to 0.000262".

#include <distproc/h5/attributes.hpp>
#include <distproc/h5/lookup.hpp>

#include <CLI/CLI.hpp>
#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

namespace {

namespace h5 = distproc::h5;

struct map {
    std::size_t rows = 0, columns = 0;
    std::vector<double> values; // row-major
};

map read_map(const std::string& name, const std::string& path) {
    const h5::guard lock;
    const h5::file file = h5::open_for_reading(name);
    const std::string subject = h5::address(name, path);
    const h5::dataset data = h5::open_dataset(file, name, path);
    const h5::dataspace space(H5Dget_space(data), "H5Dget_space", subject);
    std::array<hsize_t, 2> dims{};
    if (H5Sget_simple_extent_ndims(space) != 2)
        throw distproc::error("'" + subject + "' is no map; name a dataset with two axes");
    h5::check(H5Sget_simple_extent_dims(space, dims.data(), nullptr), "H5Sget_simple_extent_dims", subject);
    if (dims[0] == 0 || dims[1] == 0)
        throw distproc::error("'" + subject + "' has no points to draw");
    map m{dims[0], dims[1], std::vector<double>(dims[0] * dims[1])};
    h5::check(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, m.values.data()), "H5Dread", subject);
    return m;
}

using colour = std::array<unsigned char, 3>;

/// From dark blue over green to yellow in even steps of brightness: support points of the viridis map (CC0) of N.
/// Smith, S. van der Walt and E. Firing, in between a straight line.
colour colour_of(double share) {
    static constexpr std::array<colour, 9> points{{{68, 1, 84},
                                                   {71, 44, 122},
                                                   {59, 81, 139},
                                                   {44, 113, 142},
                                                   {33, 144, 141},
                                                   {39, 173, 129},
                                                   {92, 200, 99},
                                                   {170, 220, 50},
                                                   {253, 231, 37}}};
    if (std::isnan(share))
        return {160, 160, 160};
    const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(points.size() - 1);
    const auto left = std::min(static_cast<std::size_t>(place), points.size() - 2);
    colour c{};
    for (std::size_t k = 0; k < 3; ++k)
        c[k] = static_cast<unsigned char>(std::lround(points[left][k] + (place - static_cast<double>(left)) *
                                                                            (points[left + 1][k] - points[left][k])));
    return c;
}

/// The signs of a number, 3 x 5 dots each, a row in three bits.
constexpr std::array<int, 5> dots_of(char sign) {
    switch (sign) {
    case '0':
        return {7, 5, 5, 5, 7};
    case '1':
        return {2, 6, 2, 2, 7};
    case '2':
        return {7, 1, 7, 4, 7};
    case '3':
        return {7, 1, 7, 1, 7};
    case '4':
        return {5, 5, 7, 1, 1};
    case '5':
        return {7, 4, 7, 1, 7};
    case '6':
        return {7, 4, 7, 5, 7};
    case '7':
        return {7, 1, 2, 2, 2};
    case '8':
        return {7, 5, 7, 5, 7};
    case '9':
        return {7, 5, 7, 1, 7};
    case '-':
        return {0, 0, 7, 0, 0};
    case '+':
        return {0, 2, 7, 2, 0};
    case '.':
        return {0, 0, 0, 0, 2};
    case 'e':
        return {7, 5, 7, 4, 7};
    default:
        return {};
    }
}

class picture {
public:
    picture(std::size_t width, std::size_t height) : width_(width), height_(height), bytes_(width * height * 3, 255) {}

    void box(std::size_t x, std::size_t y, std::size_t width, std::size_t height, colour c) {
        for (std::size_t j = y; j < std::min(y + height, height_); ++j)
            for (std::size_t i = x; i < std::min(x + width, width_); ++i)
                std::copy(c.begin(), c.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(3 * (j * width_ + i)));
    }

    void text(std::size_t x, std::size_t y, const std::string& signs) {
        constexpr std::size_t dot = 3;
        for (const char sign : signs) {
            const auto dots = dots_of(sign);
            for (std::size_t row = 0; row < 5; ++row)
                for (std::size_t column = 0; column < 3; ++column)
                    if ((dots[row] >> (2 - column) & 1) != 0)
                        box(x + column * dot, y + row * dot, dot, dot, {40, 40, 40});
            x += 4 * dot;
        }
    }

    void save(const std::string& name) const {
        png_image image{};
        image.version = PNG_IMAGE_VERSION;
        image.width = static_cast<png_uint_32>(width_);
        image.height = static_cast<png_uint_32>(height_);
        image.format = PNG_FORMAT_RGB;
        if (png_image_write_to_file(&image, name.c_str(), 0, bytes_.data(), 0, nullptr) == 0)
            throw distproc::error("'" + name + "' cannot be written: " + image.message);
    }

private:
    std::size_t width_, height_;
    std::vector<unsigned char> bytes_;
};

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

} // namespace

int main(int argc, char** argv) {
    std::string file, path, png;
    std::size_t pixels = 500;
    CLI::App app{"Draws a two-dimensional dataset of an HDF5 file as a PNG picture"};
    app.add_option("FILE", file, "HDF5 file")->required();
    app.add_option("DATASET", path, "path of the dataset in it, for example /fits/amplitude")->required();
    app.add_option("PNG", png, "picture to write; an existing one is overwritten")->required();
    app.add_option("--pixels", pixels,
                   "size of the longer side, at least; a point of the map is a whole number of pixels")
        ->check(CLI::Range(1, 20000))
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        const map m = read_map(file, path);
        std::vector<double> sorted;
        std::copy_if(m.values.begin(), m.values.end(), std::back_inserter(sorted),
                     [](double v) { return std::isfinite(v); });
        if (sorted.empty())
            throw distproc::error("'" + h5::address(file, path) + "' holds no finite number");
        std::sort(sorted.begin(), sorted.end());
        const double low = sorted[sorted.size() * 2 / 100];
        const double high = sorted[sorted.size() - 1 - sorted.size() * 2 / 100];

        const std::size_t longer = std::max(m.rows, m.columns);
        const std::size_t scale = (pixels + longer - 1) / longer;
        const std::size_t width = m.columns * scale, height = std::max<std::size_t>(m.rows * scale, 80);
        constexpr std::size_t gap = 16, bar = 24, labels = 130;
        picture p(width + 3 * gap + bar + labels, height + 2 * gap);
        for (std::size_t row = 0; row < m.rows; ++row) {
            for (std::size_t column = 0; column < m.columns; ++column) {
                const double value = m.values[row * m.columns + column];
                const double share = high > low ? (value - low) / (high - low) : value - value + 0.5;
                p.box(gap + column * scale, gap + row * scale, scale, scale, colour_of(share));
            }
        }
        for (std::size_t y = 0; y < height; ++y)
            p.box(width + 2 * gap, gap + y, bar, 1,
                  colour_of(1.0 - static_cast<double>(y) / static_cast<double>(height - 1)));
        p.text(width + 2 * gap + bar + 8, gap, short_number(high));
        p.text(width + 2 * gap + bar + 8, gap + height / 2 - 7, short_number(0.5 * (low + high)));
        p.text(width + 2 * gap + bar + 8, gap + height - 15, short_number(low));
        p.save(png);
        std::printf("%s: %zu x %zu points, colours from %s to %s\n", png.c_str(), m.rows, m.columns,
                    short_number(low).c_str(), short_number(high).c_str());
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "draw_map: %s\n", e.what());
        return 1;
    }
}
