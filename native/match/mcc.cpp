#include "mcc.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <utility>

// One source, several instruction sets, chosen once by the loader. All of it is integer work, so all give the same bits.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define TENPRINT_CLONES __attribute__((target_clones("default", "popcnt", "arch=haswell", "arch=icelake-server")))
#else
#define TENPRINT_CLONES
#endif

namespace tenprint::match {
namespace {

// Floor of the square root; IEEE sqrt is exact enough below 2^52.
inline std::int64_t isqrt(std::int64_t square) {
    return static_cast<std::int64_t>(std::sqrt(static_cast<double>(square)));
}

// Absolute value, 0 to 32768, of a binary angle taken modulo one turn.
inline std::int64_t turn(std::int64_t angle) {
    const std::int64_t wrapped = angle & 65535;
    return std::min(wrapped, 65536 - wrapped);
}

struct Place {
    std::int64_t x, y;
    auto operator<=>(const Place&) const = default;
};

inline std::int64_t cross(Place a, Place b, Place p) {
    return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

// Corners counter-clockwise, no three on a line; fewer than three if degenerate (Andrew's monotone chain).
std::vector<Place> hull(std::vector<Place> points) {
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    if (points.size() < 3) return points;
    std::vector<Place> corners;
    const auto chain = [&corners](auto from, auto to) {
        const std::size_t floor = corners.size();
        for (; from != to; ++from) {
            while (corners.size() > floor + 1 && cross(corners[corners.size() - 2], corners.back(), *from) <= 0) {
                corners.pop_back();
            }
            corners.push_back(*from);
        }
        corners.pop_back();
    };
    chain(points.begin(), points.end());
    chain(points.rbegin(), points.rend());
    return corners;
}

// Whether p lies in the hull or within `margin` of it.
bool inside(Place p, const std::vector<Place>& corners, std::int64_t margin) {
    bool within = corners.size() >= 3;
    for (std::size_t n = 0; n < corners.size(); ++n) {
        const Place a = corners[n], b = corners[(n + 1) % corners.size()];
        const std::int64_t ex = b.x - a.x, ey = b.y - a.y, px = p.x - a.x, py = p.y - a.y;
        const std::int64_t side = ex * py - ey * px, along = ex * px + ey * py, square = ex * ex + ey * ey;
        within = within && side >= 0;
        if (px * px + py * py <= margin * margin) return true;
        if (along >= 0 && along <= square && std::abs(side) <= margin * isqrt(square)) return true;
    }
    return within;
}

// Counts of one pair of cylinders: bits of a where b is valid, of b where a is valid, and differing bits where both are.
struct Counts {
    std::uint32_t a, b, differ;
};

// Similarities of all pairs, as sortable keys: similarity << 16 | (255 - i) << 8 | (255 - j); pairs of no similarity are left out.
TENPRINT_CLONES void similarities(const Cylinder* a, std::size_t na, const Cylinder* b, std::size_t nb, const std::uint32_t* root,
                                  std::uint32_t min_both, std::uint32_t max_turn, std::vector<std::uint32_t>& keys) {
    keys.resize(na * nb);
    std::size_t count = 0;
    for (std::size_t i = 0; i < na; ++i) {
        const Cylinder& p = a[i];
        const std::uint32_t angle = static_cast<std::uint32_t>(p[7] >> 32);
        for (std::size_t j = 0; j < nb; ++j) {
            const Cylinder& q = b[j];
            const std::uint32_t wrapped = (angle - static_cast<std::uint32_t>(q[7] >> 32)) & 65535U;
            if (std::min(wrapped, 65536U - wrapped) > max_turn) continue;
            const std::uint64_t both = p[6] & q[6];
            if (static_cast<std::uint32_t>(std::popcount(both)) < min_both) continue;
            Counts ones{0, 0, 0};
            for (std::size_t k = 0; k < kSections; ++k) {
                ones.a += static_cast<std::uint32_t>(std::popcount(p[k] & q[6]));
                ones.b += static_cast<std::uint32_t>(std::popcount(q[k] & p[6]));
                ones.differ += static_cast<std::uint32_t>(std::popcount((p[k] ^ q[k]) & both));
            }
            const std::uint32_t norm = root[ones.a] + root[ones.b];
            if (norm == 0) continue;
            const std::uint32_t unlike = (root[ones.differ] << 15) / norm;  // root is at most 4096 * 17.7, so it fits 32 bits
            if (unlike >= 32768U) continue;
            keys[count++] = (32768U - unlike) << 16 | static_cast<std::uint32_t>(255 - i) << 8 |
                            static_cast<std::uint32_t>(255 - j);
        }
    }
    keys.resize(count);
}

// Sort keys by similarity, best first; equal ones stay in the order (i, j) in which they were made. Two stable passes of 8 bits.
void sort_keys(std::vector<std::uint32_t>& keys, std::vector<std::uint32_t>& spare) {
    spare.resize(keys.size());
    for (const int shift : {16, 24}) {
        std::array<std::uint32_t, 257> start{};
        for (const std::uint32_t key : keys) ++start[256 - (key >> shift & 255U)];
        for (std::size_t n = 1; n < start.size(); ++n) start[n] += start[n - 1];
        for (const std::uint32_t key : keys) spare[start[255 - (key >> shift & 255U)]++] = key;
        keys.swap(spare);
    }
}

// Keep the first `wanted` keys in which no minutia stands more than `repeats` times.
void choose(Workspace& w, std::size_t na, std::size_t nb, std::size_t wanted, std::int64_t repeats) {
    w.used_a.assign(na, 0);
    w.used_b.assign(nb, 0);
    std::size_t count = 0;
    for (std::size_t n = 0; n < w.keys.size() && count < wanted; ++n) {
        const std::uint32_t key = w.keys[n];
        std::uint8_t& a = w.used_a[255U - (key >> 8 & 255U)];
        std::uint8_t& b = w.used_b[255U - (key & 255U)];
        if (a < repeats && b < repeats) {
            ++a;
            ++b;
            w.keys[count++] = key;
        }
    }
    w.keys.resize(count);
}

struct Rows {
    std::vector<std::int32_t>&x, &y, &theta;
};

void unpack(Rows rows, Code code, const std::vector<std::uint32_t>& keys, int shift) {
    rows.x.resize(keys.size());
    rows.y.resize(keys.size());
    rows.theta.resize(keys.size());
    for (std::size_t t = 0; t < keys.size(); ++t) {
        const std::uint64_t word = code[255U - (keys[t] >> shift & 255U)][7];
        rows.x[t] = static_cast<std::int32_t>(word & 65535U);
        rows.y[t] = static_cast<std::int32_t>(word >> 16 & 65535U);
        rows.theta[t] = static_cast<std::int32_t>(word >> 32 & 65535U);
    }
}

// Binary angle of (dx, dy), y up; 0 for no distance.
inline std::int64_t bearing(std::int64_t dx, std::int64_t dy, const std::vector<std::int64_t>& arctan) {
    const std::int64_t ax = std::abs(dx), ay = std::abs(dy);
    const std::int64_t wide = std::max<std::int64_t>(std::max(ax, ay), 1), narrow = std::min(ax, ay);
    std::int64_t angle = arctan[static_cast<std::size_t>(static_cast<std::uint32_t>(narrow << 10) / static_cast<std::uint32_t>(wide))];
    if (ay > ax) angle = 16384 - angle;
    if (dx < 0) angle = 32768 - angle;
    if (dy < 0) angle = -angle;
    return angle & 65535;
}

// distance[t * n + k] for k > t, quarter pixels. One flat loop a row, so that the compiler can use vector square roots.
TENPRINT_CLONES void stretches(const std::int32_t* xa, const std::int32_t* ya, const std::int32_t* xb, const std::int32_t* yb,
                               std::size_t n, std::int32_t* stretch) {
    for (std::size_t t = 0; t < n; ++t) {
        for (std::size_t k = t + 1; k < n; ++k) {
            const double ax = xa[k] - xa[t], ay = ya[k] - ya[t], bx = xb[k] - xb[t], by = yb[k] - yb[t];
            // Sums and products of integers below 2^38: exact in double, whatever the instruction set.
            const std::int32_t a = static_cast<std::int32_t>(std::sqrt(16.0 * (ax * ax + ay * ay)));
            const std::int32_t b = static_cast<std::int32_t>(std::sqrt(16.0 * (bx * bx + by * by)));
            stretch[t * n + k] = std::abs(a - b);
        }
    }
}

// rho[t * n + k]: how well pair t agrees with pair k, 0 to 32768; 0 on the diagonal.
void agreement(Workspace& w, const Tables& tables, std::size_t n) {
    w.rho.assign(n * n, 0);
    w.stretch.resize(n * n);
    stretches(w.xa.data(), w.ya.data(), w.xb.data(), w.yb.data(), n, w.stretch.data());
    const std::int64_t far = static_cast<std::int64_t>(tables.stretch.size());
    const std::int64_t wry = static_cast<std::int64_t>(tables.twist.size());
    const std::int64_t askew = static_cast<std::int64_t>(tables.swing.size());
    for (std::size_t t = 0; t < n; ++t) {
        for (std::size_t k = t + 1; k < n; ++k) {
            const std::int64_t stretch = w.stretch[t * n + k];
            if (stretch >= far) continue;
            const std::int64_t twist = turn((w.ta[t] - w.ta[k]) - (w.tb[t] - w.tb[k])) >> 6;
            if (twist >= wry) continue;
            const std::int64_t at_a = bearing(w.xa[k] - w.xa[t], w.ya[t] - w.ya[k], tables.arctan);
            const std::int64_t at_b = bearing(w.xb[k] - w.xb[t], w.yb[t] - w.yb[k], tables.arctan);
            const std::int64_t back_a = bearing(w.xa[t] - w.xa[k], w.ya[k] - w.ya[t], tables.arctan);
            const std::int64_t back_b = bearing(w.xb[t] - w.xb[k], w.yb[k] - w.yb[t], tables.arctan);
            const std::int64_t both = tables.stretch[static_cast<std::size_t>(stretch)] * tables.twist[static_cast<std::size_t>(twist)];
            const std::int64_t there = turn((at_a - w.ta[t]) - (at_b - w.tb[t])) >> 6;
            const std::int64_t back = turn((back_a - w.ta[k]) - (back_b - w.tb[k])) >> 6;
            if (there < askew) w.rho[t * n + k] = static_cast<std::int32_t>(both * tables.swing[static_cast<std::size_t>(there)] >> 30);
            if (back < askew) w.rho[k * n + t] = static_cast<std::int32_t>(both * tables.swing[static_cast<std::size_t>(back)] >> 30);
        }
    }
}

// One step: value[t] becomes the mean of itself and of the support by the others; values stay below 2^31.
TENPRINT_CLONES void relax(const std::int32_t* rho, const std::int32_t* value, std::int32_t* next, std::size_t n, std::int64_t others) {
    for (std::size_t t = 0; t < n; ++t) {
        std::int64_t support = 0;
        const std::int32_t* row = rho + t * n;
        for (std::size_t k = 0; k < n; ++k) support += static_cast<std::int64_t>(row[k]) * value[k];
        next[t] = static_cast<std::int32_t>((value[t] + (support >> 15) / others) >> 1);
    }
}

}  // namespace

std::vector<Cylinder> cylinders(std::span<const Point> points, const Tables& tables) {
    std::vector<Cylinder> rows;
    std::vector<Place> place;
    for (const Point& p : points) place.push_back({p.x * std::int64_t{16}, p.y * std::int64_t{-16}});
    const std::vector<Place> corners = hull(place);
    const std::size_t cells = tables.cells.size() / 2;
    const auto reads = static_cast<std::int64_t>(tables.spatial.size());
    for (std::size_t m = 0; m < points.size(); ++m) {
        std::int64_t near_by = 0;
        for (std::size_t t = 0; t < points.size(); ++t) {
            const std::int64_t dx = place[t].x - place[m].x, dy = place[t].y - place[m].y;
            near_by += t != m && dx * dx + dy * dy <= tables.reach;
        }
        if (near_by < tables.min_minutiae) continue;
        const auto step = static_cast<std::size_t>((points[m].theta + 32) >> 6 & 1023);
        const std::int64_t sine = tables.sine[step], cosine = tables.sine[(step + 256) & 1023];
        Cylinder row{};
        for (std::size_t c = 0; c < cells; ++c) {
            const std::int64_t u = tables.cells[2 * c], v = tables.cells[2 * c + 1];
            const Place p{place[m].x + ((u * cosine - v * sine) >> 15), place[m].y + ((u * sine + v * cosine) >> 15)};
            if (!inside(p, corners, tables.omega)) continue;
            row[6] |= std::uint64_t{1} << c;
            std::array<std::int64_t, kSections> mass{};
            for (std::size_t t = 0; t < points.size(); ++t) {
                const std::int64_t dx = place[t].x - p.x, dy = place[t].y - p.y, square = (dx * dx + dy * dy) >> 6;
                if (t == m || square >= reads) continue;
                const auto sector = static_cast<std::size_t>((points[m].theta - points[t].theta + 128) >> 8 & 255);
                for (std::size_t k = 0; k < kSections; ++k) {
                    mass[k] += tables.spatial[static_cast<std::size_t>(square)] * tables.directional[k * 256 + sector];
                }
            }
            for (std::size_t k = 0; k < kSections; ++k) row[k] |= static_cast<std::uint64_t>(mass[k] >= tables.mu_psi) << c;
        }
        if (std::popcount(row[6]) < tables.min_valid) continue;
        row[7] = static_cast<std::uint64_t>(points[m].x) | static_cast<std::uint64_t>(points[m].y) << 16 |
                 static_cast<std::uint64_t>(points[m].theta) << 32;
        rows.push_back(row);
    }
    return rows;
}

std::int64_t score(Code a, Code b, const Tables& tables, Workspace& w) {
    if (std::min(a.size(), b.size()) < 2) return 0;
    // The same two fingers give the same points whichever comes first: order them by count, then by content.
    if (b.size() < a.size() || (a.size() == b.size() && std::memcmp(b.data(), a.data(), a.size_bytes()) < 0)) std::swap(a, b);
    similarities(a.data(), a.size(), b.data(), b.size(), tables.narrow_root.data(), static_cast<std::uint32_t>(tables.min_both),
                 static_cast<std::uint32_t>(tables.max_turn), w.keys);
    sort_keys(w.keys, w.spare);
    choose(w, a.size(), b.size(), a.size(), tables.repeats);
    const std::size_t n = w.keys.size();
    if (n < 2) return 0;
    unpack({w.xa, w.ya, w.ta}, a, w.keys, 8);
    unpack({w.xb, w.yb, w.tb}, b, w.keys, 0);
    agreement(w, tables, n);
    w.value.resize(n);
    w.next.resize(n);
    for (std::size_t t = 0; t < n; ++t) w.value[t] = static_cast<std::int32_t>(w.keys[t] >> 16 << 15);
    for (std::int64_t round = 0; round < tables.relaxations; ++round) {
        relax(w.rho.data(), w.value.data(), w.next.data(), n, static_cast<std::int64_t>(a.size()) - 1);
        w.value.swap(w.next);
    }
    w.order.resize(n);
    for (std::size_t t = 0; t < n; ++t) {
        const std::uint64_t efficiency = (static_cast<std::uint64_t>(w.value[t]) << 20) / (w.keys[t] >> 16 << 15);
        w.order[t] = efficiency << 8 | (255 - t);
    }
    const auto wanted = static_cast<std::size_t>(tables.pairs[std::min(a.size(), tables.pairs.size() - 1)]);
    const std::size_t kept = std::min(wanted, n);
    std::partial_sort(w.order.begin(), w.order.begin() + static_cast<std::ptrdiff_t>(kept), w.order.end(), std::greater<>{});
    std::int64_t total = 0;
    for (std::size_t r = 0; r < kept; ++r) total += w.value[255 - (w.order[r] & 255U)];
    return (total * 10000 / static_cast<std::int64_t>(wanted)) >> 30;
}

const char* variant() {
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vpopcntdq")) return "icelake-server";
    if (__builtin_cpu_supports("avx2")) return "haswell";
    if (__builtin_cpu_supports("popcnt")) return "popcnt";
#endif
    return "portable";
}

}  // namespace tenprint::match
