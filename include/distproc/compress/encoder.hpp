// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <distproc/compress/container.hpp>
#include <distproc/core/compression.hpp>
#include <distproc/core/error.hpp>

#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>

static_assert(ZSTD_VERSION_NUMBER >= 10400, "distproc needs zstd 1.4 or newer");

namespace distproc::compress {

/// Compresses chunks, one after the other. One per thread: it keeps the library's tables between calls (deflate 0.3
/// MiB; zstd 0.6 MiB at level 1, 1.3 at 3, 12 at 9, and 17 at 19 for chunks of 1 MiB). The same bytes give the same
/// bytes.
///
/// zstd writes one frame with the size of the content and without checksum, what `ZSTD_compress` writes and HDF5's
/// filter 32015 reads. gzip has no name and no time.
class encoder {
public:
    /// Throws `error` for a level that the codec does not have (see `check`).
    explicit encoder(codec method, int level = -1, container wrap = container::zlib) : method_(method) {
        const compression how{method, level};
        check(how);
        if (method == codec::deflate) {
            deflate_.reset(new z_stream{});
            constexpr int memory_level = 8; // zlib's default
            if (deflateInit2(deflate_.get(), level_in_use(how), Z_DEFLATED, detail::window_bits(wrap), memory_level,
                             Z_DEFAULT_STRATEGY) != Z_OK) {
                throw std::bad_alloc();
            }
        } else if (method == codec::zstd) {
            zstd_.reset(ZSTD_createCCtx());
            if (!zstd_) {
                throw std::bad_alloc();
            }
            (void)ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_compressionLevel, level_in_use(how));
        }
    }

    /// The most that so many bytes become.
    [[nodiscard]] std::size_t bound(std::size_t bytes) const {
        if (method_ == codec::deflate) {
            constexpr std::size_t gzip_more = 12; // header and trailer; zlib forgets them when a stream has ended
            return deflateBound(deflate_.get(), bytes) + gzip_more;
        }
        return method_ == codec::zstd ? ZSTD_compressBound(bytes) : bytes;
    }

    /// Returns the number of bytes that it put to `to`, which must not overlap `from`. Throws `error` where they do not
    /// fit; never with `bound(from.size())` bytes of room.
    std::size_t encode(std::span<const std::byte> from, std::span<std::byte> to) {
        if (method_ == codec::deflate) {
            return by_zlib(from, to);
        }
        if (method_ == codec::zstd) {
            const std::size_t bytes = ZSTD_compress2(zstd_.get(), to.data(), to.size(), from.data(), from.size());
            if (ZSTD_isError(bytes) != 0U) {
                throw error(std::to_string(from.size()) + " bytes cannot be compressed by zstd into " +
                            std::to_string(to.size()) + ": " + ZSTD_getErrorName(bytes));
            }
            return bytes;
        }
        if (from.size() > to.size()) {
            throw_no_room(from, to);
        }
        if (!from.empty()) {
            std::memcpy(to.data(), from.data(), from.size());
        }
        return from.size();
    }

private:
    struct end_deflate {
        void operator()(z_stream* stream) const noexcept {
            deflateEnd(stream);
            delete stream;
        }
    };
    struct end_zstd {
        void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    };

    [[noreturn]] static void throw_no_room(std::span<const std::byte> from, std::span<std::byte> to) {
        throw error(std::to_string(from.size()) + " bytes do not fit compressed into " + std::to_string(to.size()) +
                    "; give the room that bound() asks for");
    }

    std::size_t by_zlib(std::span<const std::byte> from, std::span<std::byte> to) {
        z_stream& stream = *deflate_;
        (void)deflateReset(&stream);
        Bytef none = 0; // zlib wants an address also where there is nothing
        stream.next_in = from.empty() ? &none : const_cast<Bytef*>(reinterpret_cast<const Bytef*>(from.data()));
        stream.next_out = to.empty() ? &none : reinterpret_cast<Bytef*>(to.data());
        std::size_t unread = from.size();
        std::size_t room = to.size();
        for (int code = Z_OK; code != Z_STREAM_END;) {
            const uInt in = detail::one_call(unread);
            const uInt out = detail::one_call(room);
            stream.avail_in = in;
            stream.avail_out = out;
            code = deflate(&stream, in == unread ? Z_FINISH : Z_NO_FLUSH);
            unread -= in - stream.avail_in;
            room -= out - stream.avail_out;
            if (code != Z_STREAM_END && (room == 0 || code != Z_OK)) {
                throw_no_room(from, to);
            }
        }
        return to.size() - room;
    }

    codec method_;
    std::unique_ptr<z_stream, end_deflate> deflate_; // zlib remembers where its stream is
    std::unique_ptr<ZSTD_CCtx, end_zstd> zstd_;
};

} // namespace distproc::compress
