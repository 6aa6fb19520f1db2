// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Writes bytes and what the encoder and shuffle make of them, for check_with_python.py: encode_samples FOLDER
#include "samples.hpp"
#include <distproc/compress/encoder.hpp>
#include <distproc/compress/shuffle.hpp>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using distproc::codec;
using distproc::compress::container;

namespace {

using bytes = std::vector<std::byte>;

void save(const std::string& path, const bytes& what) {
    std::ofstream to(path, std::ios::binary);
    to.write(reinterpret_cast<const char*>(what.data()), static_cast<std::streamsize>(what.size()));
    to.close();
    if (!to) {
        throw distproc::error("cannot write " + path);
    }
}

bytes encoded(codec method, int level, container wrap, const bytes& from) {
    distproc::compress::encoder by(method, level, wrap);
    bytes out(by.bound(from.size()));
    out.resize(by.encode(from, out));
    return out;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: encode_samples FOLDER\n");
        return 2;
    }
    try {
        const std::string folder = argv[1];
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        const bytes raw = smooth(100003);
        save(folder + "/raw", raw);
        save(folder + "/zlib", encoded(codec::deflate, 6, container::zlib, raw));
        save(folder + "/gzip", encoded(codec::deflate, 6, container::gzip, raw));
        save(folder + "/zstd", encoded(codec::zstd, 3, container::zlib, raw));
        for (const std::size_t element : std::vector<std::size_t>{1, 2, 3, 4, 8, 16, 24}) {
            const std::string name = folder + "/shuffle_" + std::to_string(element);
            const bytes whole(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(48000 + element));
            bytes to(whole.size());
            distproc::compress::shuffle(whole, to, element);
            save(name, to);
            save(name + "_zlib", encoded(codec::deflate, 4, container::zlib, to));
        }
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
    return 0;
}
