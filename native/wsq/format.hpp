// What the two directions of WSQ share: markers, symbols, tables, the tree of subbands. From IAFIS-IC-0110 (V3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenprint::wsq {

// Markers; the first byte of each is 0xFF.
enum Marker : std::uint8_t {
    kSoi = 0xA0,
    kEoi = 0xA1,
    kSof = 0xA2,
    kSob = 0xA3,
    kDtt = 0xA4,
    kDqt = 0xA5,
    kDht = 0xA6,
    kDrt = 0xA7,
    kCom = 0xA8,
    kRst0 = 0xB0,
    kRst7 = 0xB7,
};

// Symbols of the entropy coder: 1 to 100 are runs of zeros, 107 to 254 are coefficients from -73 to 74.
inline constexpr int kLongestShortRun = 100;
inline constexpr int kPositive8 = 101, kNegative8 = 102, kPositive16 = 103, kNegative16 = 104, kRun8 = 105, kRun16 = 106;
inline constexpr int kFirstValue = 107, kLastValue = 254, kZeroValue = 180;

// 64 subbands; the last four are never sent. The others are sent in three blocks.
inline constexpr std::size_t kBands = 64, kSentBands = 60, kBlocks = 3;
inline constexpr std::array<std::size_t, kBlocks + 1> kBlockStarts{0, 19, 52, 60};

// Longest filter whose taps a DTT may give here; the standard's pair has 9 and 7.
inline constexpr std::size_t kMaxTaps = 31;

// A rectangle of the plane of coefficients.
struct Band {
    std::size_t x, y, width, height;
};

// A rectangle that is split in four. In the direction that is `mirrored`, the band came out of the high filter, which turns
// its spectrum round: there the high half of the split comes first.
struct Node {
    Band area;
    bool mirrored_x, mirrored_y;
};

struct Tree {
    std::vector<Node> nodes;  // parents before children
    std::array<Band, kSentBands> bands;
};

Tree tree_of(std::size_t width, std::size_t height);

// One half of a symmetric filter of odd length, from the centre to the right.
using Taps = std::vector<float>;

// The filters of the analysis, as a DTT sends them; the synthesis follows from them.
struct Filters {
    Taps low, high;
};

Filters standard_filters();

// Splits (or joins) every node of the tree in place; `plane` has `stride` values a row.
void analyse(std::vector<float>& plane, std::size_t stride, const Tree& tree, const Filters& filters);
void synthesise(std::vector<float>& plane, std::size_t stride, const Tree& tree, const Filters& filters);

// A Huffman table as a DHT sends it: how many codes there are of 1 to 16 bits, and their symbols in order.
struct CodeLengths {
    std::array<std::uint8_t, 16> counts{};
    std::vector<std::uint8_t> symbols;
};

}  // namespace tenprint::wsq
