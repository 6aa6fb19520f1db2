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

namespace distproc::compress {

/// Undoes `encoder`, for any writer of zlib streams, gzip or zstd frames (several gzip members or zstd frames one after
/// the other too). One per thread: it keeps the library's tables between calls, 40 or 100 KiB whatever the input says.
class decoder {
public:
    explicit decoder(codec method, container wrap = container::zlib) : method_(method), wrap_(wrap) {
        if (method == codec::deflate) {
            inflate_.reset(new z_stream{});
            if (inflateInit2(inflate_.get(), detail::window_bits(wrap)) != Z_OK) {
                throw std::bad_alloc();
            }
        } else if (method == codec::zstd) {
            zstd_.reset(ZSTD_createDCtx());
            if (!zstd_) {
                throw std::bad_alloc();
            }
        }
    }

    /// Fills `to`, which must not overlap `from`. Writes nothing outside it. Throws `error` where the input is damaged,
    /// too short or too long, or where it becomes fewer or more bytes than `to` has; `to` then holds anything. The text
    /// says what is wrong with the bytes, such as "ends early"; callers put in front where they are from.
    void decode(std::span<const std::byte> from, std::span<std::byte> to) {
        if (method_ == codec::deflate) {
            by_zlib(from, to);
        } else if (method_ == codec::zstd) {
            by_zstd(from, to);
        } else if (from.size() != to.size()) {
            throw_length(from.size(), to.size());
        } else if (!to.empty()) {
            std::memcpy(to.data(), from.data(), to.size());
        }
    }

private:
    struct end_inflate {
        void operator()(z_stream* stream) const noexcept {
            inflateEnd(stream);
            delete stream;
        }
    };
    struct end_zstd {
        void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
    };

    [[noreturn]] static void throw_length(std::size_t got, std::size_t wanted) {
        throw error("decodes to " + std::to_string(got) + " bytes, not the " + std::to_string(wanted) +
                    " that it should have");
    }
    [[noreturn]] static void throw_more(std::size_t wanted) {
        throw error("decodes to more than the " + std::to_string(wanted) + " bytes that it should have");
    }

    void by_zstd(std::span<const std::byte> from, std::span<std::byte> to) {
        const std::size_t bytes = ZSTD_decompressDCtx(zstd_.get(), to.data(), to.size(), from.data(), from.size());
        if (ZSTD_isError(bytes) != 0U) {
            const unsigned long long claimed = ZSTD_getFrameContentSize(from.data(), from.size());
            const bool known = claimed != ZSTD_CONTENTSIZE_UNKNOWN && claimed != ZSTD_CONTENTSIZE_ERROR;
            if (known && claimed > to.size()) {
                throw_more(to.size());
            }
            throw error(std::string("is no valid zstd frame: ") + ZSTD_getErrorName(bytes));
        }
        if (bytes != to.size() || from.empty()) {
            throw_length(bytes, to.size());
        }
    }

    void by_zlib(std::span<const std::byte> from, std::span<std::byte> to) {
        z_stream& stream = *inflate_;
        (void)inflateReset(&stream);
        Bytef spare = 0; // takes the byte that is one too many; and zlib wants an address where there is nothing
        stream.next_in = from.empty() ? &spare : const_cast<Bytef*>(reinterpret_cast<const Bytef*>(from.data()));
        stream.next_out = reinterpret_cast<Bytef*>(to.data());
        std::size_t unread = from.size();
        std::size_t room = to.size();
        for (;;) {
            const uInt in = detail::one_call(unread);
            const uInt out = room != 0 ? detail::one_call(room) : 1;
            if (room == 0) {
                stream.next_out = &spare;
            }
            stream.avail_in = in;
            stream.avail_out = out;
            const int code = inflate(&stream, Z_NO_FLUSH);
            unread -= in - stream.avail_in;
            const std::size_t made = out - stream.avail_out;
            if (made > room) {
                throw_more(to.size());
            }
            room -= made;
            if (code == Z_STREAM_END) {
                if (unread == 0) {
                    break;
                }
                if (wrap_ != container::gzip) {
                    throw error("goes on for " + std::to_string(unread) + " bytes behind the end of its zlib stream");
                }
                (void)inflateReset(&stream); // the next member
            } else if (code == Z_BUF_ERROR || (code == Z_OK && unread == 0 && stream.avail_out != 0)) {
                throw error("ends early, after " + std::to_string(to.size() - room) + " of " +
                            std::to_string(to.size()) + " bytes decoded");
            } else if (code != Z_OK) {
                throw_broken(code);
            }
        }
        if (room != 0) {
            throw_length(to.size() - room, to.size());
        }
    }

    [[noreturn]] void throw_broken(int code) const {
        if (code == Z_MEM_ERROR) {
            throw std::bad_alloc();
        }
        const char* const why = code == Z_NEED_DICT        ? "it needs a dictionary"
                                : inflate_->msg != nullptr ? inflate_->msg
                                                           : "unknown reason";
        throw error(std::string("is no valid ") + (wrap_ == container::gzip ? "gzip" : "zlib") + " stream: " + why);
    }

    codec method_;
    container wrap_;
    std::unique_ptr<z_stream, end_inflate> inflate_; // zlib remembers where its stream is
    std::unique_ptr<ZSTD_DCtx, end_zstd> zstd_;
};

} // namespace distproc::compress
