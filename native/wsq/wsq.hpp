// Gray-scale fingerprint compression (WSQ), both directions. Nothing here throws except for want of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tenprint::wsq {

using Bytes = std::span<const std::uint8_t>;

// What a file's frame header says, found without decoding anything.
struct Frame {
    std::size_t width = 0, height = 0;
};

// Why a file was not decoded, and at which byte. Empty means that all went well.
struct Fault {
    std::string what;
    std::size_t at = 0;
    explicit operator bool() const { return !what.empty(); }
};

Fault read_frame(Bytes data, Frame& frame);

// Decodes a file of exactly `expected` size into `pixels`, rows from the top left corner. Memory beyond the file's own bytes
// is taken only once the frame header has been found equal to `expected` and the file long enough to hold so many pixels.
Fault decode(Bytes data, const Frame& expected, std::vector<std::uint8_t>& pixels);

// Encodes at `bitrate` bits a pixel (the target of the standard's bit allocation, 0 < bitrate <= 8); `comment` goes into
// the file after its first marker. Width and height are 1 to 65535, the comment has at most 65533 bytes.
std::vector<std::uint8_t> encode(Bytes pixels, const Frame& frame, double bitrate, const std::string& comment);

}  // namespace tenprint::wsq
