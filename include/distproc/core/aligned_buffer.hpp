// SPDX-License-Identifier: BSL-1.0
// Copyright (c) the distproc authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace distproc {

/// Items and cells are handed over at addresses that are multiples of this, in bytes: vector code sums differently at
/// others, so the alignment is part of "same bits".
inline constexpr std::size_t hand_over_alignment = 64;

[[nodiscard]] constexpr std::size_t round_up(std::size_t bytes, std::size_t multiple = hand_over_alignment) noexcept {
    return (bytes + multiple - 1) / multiple * multiple;
}

[[nodiscard]] inline bool is_aligned(const void* address) noexcept {
    return reinterpret_cast<std::uintptr_t>(address) % hand_over_alignment == 0;
}

/// Uninitialised memory at an aligned address; pages that nobody touches cost nothing.
class aligned_buffer {
public:
    aligned_buffer() = default;
    explicit aligned_buffer(std::size_t bytes)
        : data_(bytes == 0 ? nullptr
                           : static_cast<std::byte*>(::operator new(bytes, std::align_val_t{hand_over_alignment}))),
          bytes_(bytes) {}
    aligned_buffer(aligned_buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    aligned_buffer& operator=(aligned_buffer&& other) noexcept {
        aligned_buffer old(std::move(*this));
        data_ = std::exchange(other.data_, nullptr);
        bytes_ = std::exchange(other.bytes_, 0);
        return *this;
    }
    ~aligned_buffer() {
        if (data_ != nullptr) {
            ::operator delete(data_, std::align_val_t{hand_over_alignment});
        }
    }

    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

    /// Room for at least `bytes`; what was in it is lost where it has to grow.
    void grow(std::size_t bytes) {
        if (bytes > bytes_) {
            *this = aligned_buffer(); // freed first: the peak is the larger of both, not the sum
            *this = aligned_buffer(bytes);
        }
    }

private:
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
};

} // namespace distproc
