// MCC bit cylinders and LSS-R in integers; the definition is src/tenprint/identify/match/reference.py.
//
// Knows no Python. Every function is a pure function of its arguments and may run on any thread.
// Lengths are sixteenths of a pixel in the cylinders and quarters in the relaxation; angles are binary, 65536 a turn.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenprint::match {

inline constexpr std::size_t kWords = 8;       // 64-bit words a cylinder: 6 directions, valid cells, x | y << 16 | theta << 32
inline constexpr std::size_t kSections = 6;    // direction sections (ND)
inline constexpr std::size_t kMaxCells = 64;   // cells must fit one word
inline constexpr std::size_t kMaxPoints = 255; // minutiae of one finger, so that a pair fits two bytes

using Cylinder = std::array<std::uint64_t, kWords>;
using Code = std::span<const Cylinder>;

struct Point {
    std::int32_t x, y;     // pixels, y down, 0 to 65535
    std::int32_t theta;    // binary angle
};

// The integer tables and thresholds of one matcher version, in the order of SCALARS and ARRAYS in table_file.py.
struct Tables {
    std::int64_t min_quality, max_minutiae, omega, reach, min_valid, min_minutiae, mu_psi, min_both, max_turn, repeats,
        relaxations;
    std::vector<std::int64_t> sine, cells, spatial, directional, root, arctan, stretch, twist, swing, pairs;
    std::vector<std::uint32_t> narrow_root;  // root again, 32 bits wide for the hot loop
};

// Scratch of one thread: no allocation per comparison once it has grown.
struct Workspace {
    std::vector<std::uint32_t> keys, spare;
    std::vector<std::uint8_t> used_a, used_b;
    std::vector<std::int32_t> xa, ya, ta, xb, yb, tb, stretch, rho, value, next;
    std::vector<std::uint64_t> order;
};

// The cylinders of one finger, in the order of its points. At most kMaxPoints points (checked by the caller).
std::vector<Cylinder> cylinders(std::span<const Point> points, const Tables& tables);

// Points of two fingers, 0 to 10000; the same whichever comes first.
std::int64_t score(Code a, Code b, const Tables& tables, Workspace& scratch);

// The instruction set that the similarity loop was dispatched to.
const char* variant();

}  // namespace tenprint::match
