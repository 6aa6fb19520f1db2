// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
//
// Gives damaged streams to the decoder: fuzz [INPUTS [SEED]]. Each must be refused with distproc::error, or fill the
// output; zlib and gzip, which carry checksums, must not become other bytes than were encoded. Prints the seed.
#include "samples.hpp"
#include <distproc/compress/decoder.hpp>
#include <distproc/compress/encoder.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <random>
#include <span>
#include <vector>

using distproc::codec;
using distproc::compress::container;
using distproc::compress::decoder;
using distproc::compress::encoder;

namespace {

struct form {
    codec method;
    container wrap;
};
constexpr std::array<form, 3> forms = {form{codec::deflate, container::zlib}, form{codec::deflate, container::gzip},
                                       form{codec::zstd, container::zlib}};

class fuzzer {
public:
    explicit fuzzer(std::uint64_t seed) : random_(seed) {}

    void one() {
        const std::size_t which = below(forms.size());
        const form how = forms[which];
        const std::size_t length = below(3000);
        const std::vector<std::byte> from = below(2) == 0 ? smooth(length, random_()) : noise(length, random_());
        encoder by(how.method, how.method == codec::zstd ? 1 + static_cast<int>(below(6)) : static_cast<int>(below(10)),
                   how.wrap);
        std::vector<std::byte> packed(by.bound(length));
        packed.resize(by.encode(from, packed));
        const std::vector<std::byte> whole = packed;
        for (std::size_t n = below(4); n-- > 0;) {
            damage(packed);
        }
        // On the heap with just these bytes, so that the address sanitizer sees each one outside.
        const std::size_t room = below(4) == 0 ? below(2 * length + 2) : length;
        const auto out = std::make_unique<std::byte[]>(room);
        const std::vector<std::byte> exact(packed.begin(), packed.end());
        try {
            undo_[which].decode(exact, {out.get(), room});
            ++accepted;
            const bool same = room == length && std::equal(from.begin(), from.end(), out.get());
            if (!same && (packed == whole || how.method == codec::deflate)) {
                std::fprintf(stderr, "wrong data accepted\n");
                std::exit(1);
            }
        } catch (const distproc::error&) {
            ++refused;
            if (packed == whole && room == length) {
                std::fprintf(stderr, "right data refused\n");
                std::exit(1);
            }
        }
    }

    std::size_t accepted = 0;
    std::size_t refused = 0;

private:
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }

    void damage(std::vector<std::byte>& packed) {
        switch (below(4)) {
        case 0:
            packed.resize(below(packed.size() + 1));
            break;
        case 1:
            packed.push_back(static_cast<std::byte>(below(256)));
            break;
        default:
            if (!packed.empty()) { // mostly near the start, where the headers are
                const std::size_t at = below(below(2) == 0 ? packed.size() : std::min<std::size_t>(24, packed.size()));
                packed[at] ^= static_cast<std::byte>(1U << below(8));
            }
        }
    }

    std::mt19937_64 random_;
    std::array<decoder, 3> undo_ = {decoder(forms[0].method, forms[0].wrap), decoder(forms[1].method, forms[1].wrap),
                                    decoder(forms[2].method, forms[2].wrap)};
};

} // namespace

int main(int argc, char** argv) {
    const std::size_t inputs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 30000;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
    std::printf("%zu inputs, seed %llu\n", inputs, static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    fuzzer f(seed);
    try {
        for (std::size_t k = 0; k < inputs; ++k) {
            f.one();
        }
    } catch (const std::exception& e) {
        std::fprintf(stderr, "another exception than distproc::error: %s\n", e.what());
        return 1;
    }
    std::printf("%zu accepted, %zu refused\n", f.accepted, f.refused);
    return f.accepted != 0 && f.refused != 0 ? 0 : 1;
}
