// The two-channel filter bank: symmetric filters of odd length, the signal mirrored about its first and last sample.
//
// A line of n samples becomes ceil(n/2) low values, centred on the even samples, and floor(n/2) high values, centred on the
// odd ones. The synthesis filters are those of the analysis with every second sign turned and the roles exchanged.
#include <algorithm>
#include <cstring>

#include "format.hpp"

namespace tenprint::wsq {
namespace {

constexpr std::size_t kStrip = 64;   // columns that go through the vertical filter together
constexpr std::size_t kMargin = 16;  // mirrored values on either side of each line; at least half the longest filter
static_assert(kMargin > kMaxTaps / 2);

// Where sample `at` lies after mirroring into 0 … n-1, n >= 1.
std::size_t mirrored(std::ptrdiff_t at, std::size_t n) {
    if (n == 1) return 0;
    const std::ptrdiff_t period = 2 * (static_cast<std::ptrdiff_t>(n) - 1);
    at %= period;
    if (at < 0) at += period;
    return static_cast<std::size_t>(std::min(at, period - at));
}

// A weighted pair of rows: `weight` × (row at `first` + row at `second`); for a centre tap both are the same.
struct Pair {
    float weight;
    std::ptrdiff_t first, second;
    bool high;  // of the high rows, not of the low ones
};

using Stencil = std::vector<Pair>;

float signed_tap(const Taps& taps, std::size_t k) { return k % 2 ? -taps[k] : taps[k]; }

// How sample 2m (or 2m+1) follows from the low and high values around m.
Stencil synthesis(const Filters& filters, std::ptrdiff_t parity) {
    Stencil stencil;
    const auto add = [&](const Taps& taps, std::ptrdiff_t offset, bool high) {
        for (std::size_t k = 0; k < taps.size(); ++k) {
            const auto reach = static_cast<std::ptrdiff_t>(k);
            if ((parity - offset - reach) % 2) continue;
            stencil.push_back({signed_tap(taps, k), (parity - offset - reach) / 2, (parity - offset + reach) / 2, high});
        }
    };
    add(filters.high, 0, false);
    add(filters.low, 1, true);
    return stencil;
}

// Analysis reads the even samples as "low" rows and the odd ones as "high" rows: the value centred on sample 2m + parity.
Stencil analysis(const Taps& taps, std::ptrdiff_t parity) {
    Stencil stencil;
    for (std::size_t k = 0; k < taps.size(); ++k) {
        const auto reach = static_cast<std::ptrdiff_t>(k);
        const bool odd = (parity + reach) % 2;
        stencil.push_back({taps[k], (parity - reach - odd) / 2, (parity + reach - odd) / 2, odd});
    }
    return stencil;
}

// The sums of a stencil for `n` neighbouring values; `low` and `high` point at the values for m.
void apply(const Stencil& stencil, const float* low, const float* high, std::ptrdiff_t step, std::size_t n, float* __restrict out) {
    std::size_t done = 0;
    for (const Pair& pair : stencil) {
        const float* source = pair.high ? high : low;
        const float *a = source + pair.first * step, *b = source + pair.second * step;
        const float w = pair.weight;
        if (done == 0) {
            if (a == b) {
                for (std::size_t i = 0; i < n; ++i) out[i] = w * a[i];
            } else {
                for (std::size_t i = 0; i < n; ++i) out[i] = w * (a[i] + b[i]);
            }
        } else if (a == b) {
            for (std::size_t i = 0; i < n; ++i) out[i] += w * a[i];
        } else {
            for (std::size_t i = 0; i < n; ++i) out[i] += w * (a[i] + b[i]);
        }
        ++done;
    }
}

// One direction of the transform, over every node. Lines are read into scratch rows with their mirrored margins, so that the
// filters run without a branch and write straight back into the plane.
class Bank {
   public:
    Bank(float* plane, std::size_t stride, const Filters& filters, bool joining)
        : plane_(plane),
          stride_(stride),
          joining_(joining),
          even_(joining ? synthesis(filters, 0) : analysis(filters.low, 0)),
          odd_(joining ? synthesis(filters, 1) : analysis(filters.high, 1)) {}

    void columns(const Node& node) {
        const Band& a = node.area;
        const std::size_t n = a.height, lows = (n + 1) / 2, highs = n / 2;
        if (!n || !a.width) return;
        const std::size_t low_at = a.y + (node.mirrored_y ? highs : 0), high_at = a.y + (node.mirrored_y ? 0 : lows);
        low_.resize((lows + 2 * kMargin) * kStrip);
        high_.resize((lows + 2 * kMargin) * kStrip);
        for (std::size_t x = a.x; x < a.x + a.width; x += kStrip) {
            const std::size_t wide = std::min(kStrip, a.x + a.width - x);
            const auto row = [&](std::size_t y) { return plane_ + y * stride_ + x; };
            for (std::size_t i = 0; i < lows + 2 * kMargin; ++i) {
                const std::ptrdiff_t m = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(kMargin);
                const std::size_t even = mirrored(2 * m, n);  // mirroring about a sample keeps its parity, if n > 1
                std::memcpy(&low_[i * kStrip], row(joining_ ? low_at + even / 2 : a.y + even), wide * sizeof(float));
                const std::size_t odd = mirrored(2 * m + 1, n);
                if (joining_ && !highs) {
                    std::fill_n(&high_[i * kStrip], wide, 0.0f);
                } else {
                    std::memcpy(&high_[i * kStrip], row(joining_ ? high_at + odd / 2 : a.y + odd), wide * sizeof(float));
                }
            }
            for (std::size_t m = 0; m < lows; ++m) {
                const float *low = &low_[(m + kMargin) * kStrip], *high = &high_[(m + kMargin) * kStrip];
                apply(even_, low, high, kStrip, wide, row(joining_ ? a.y + 2 * m : low_at + m));
                if (m < highs) apply(odd_, low, high, kStrip, wide, row(joining_ ? a.y + 2 * m + 1 : high_at + m));
            }
        }
    }

    void rows(const Node& node) {
        const Band& a = node.area;
        const std::size_t n = a.width, lows = (n + 1) / 2, highs = n / 2;
        if (!n || !a.height) return;
        const std::size_t low_at = node.mirrored_x ? highs : 0, high_at = node.mirrored_x ? 0 : lows;
        low_.resize(lows + 2 * kMargin);
        high_.resize(lows + 2 * kMargin);
        out_.resize(2 * lows);
        for (std::size_t y = a.y; y < a.y + a.height; ++y) {
            float* line = plane_ + y * stride_ + a.x;
            float *low = &low_[kMargin], *high = &high_[kMargin];
            if (joining_) {
                std::memcpy(low, line + low_at, lows * sizeof(float));
                std::memcpy(high, line + high_at, highs * sizeof(float));
            } else {
                for (std::size_t m = 0; m < highs; ++m) low[m] = line[2 * m], high[m] = line[2 * m + 1];
                if (n % 2) low[highs] = line[n - 1];
            }
            margins(low, high, n);
            apply(even_, low, high, 1, lows, &out_[0]);
            if (highs) apply(odd_, low, high, 1, highs, &out_[lows]);
            if (joining_) {
                for (std::size_t m = 0; m < highs; ++m) line[2 * m] = out_[m], line[2 * m + 1] = out_[lows + m];
                if (n % 2) line[n - 1] = out_[highs];
            } else {
                std::memcpy(line + low_at, &out_[0], lows * sizeof(float));
                std::memcpy(line + high_at, &out_[lows], highs * sizeof(float));
            }
        }
    }

   private:
    // Fills both sides of the two half lines from their own values. A line of one sample has no high value (zero when it is
    // joined), and is its own neighbour when it is split.
    void margins(float* low, float* high, std::size_t n) const {
        const auto highs = static_cast<std::ptrdiff_t>(n / 2), lows = static_cast<std::ptrdiff_t>((n + 1) / 2);
        const auto fill = [&](std::ptrdiff_t m) {
            if (m < 0 || m >= lows) low[m] = low[mirrored(2 * m, n) / 2];
            if (m < 0 || m >= highs) high[m] = highs ? high[mirrored(2 * m + 1, n) / 2] : joining_ ? 0.0f : low[0];
        };
        const auto margin = static_cast<std::ptrdiff_t>(kMargin);
        for (std::ptrdiff_t m = -margin; m < 0; ++m) fill(m);
        for (std::ptrdiff_t m = highs; m < lows + margin; ++m) fill(m);
    }

    float* plane_;
    std::size_t stride_;
    bool joining_;
    Stencil even_, odd_;
    std::vector<float> low_, high_, out_;
};

}  // namespace

Filters standard_filters() {
    // The biorthogonal pair of 9 and 7 taps (Cohen, Daubechies, Feauveau 1992), scaled to a gain of sqrt 2.
    return {{0.85269867900940344f, 0.37740285561265380f, -0.11062440441842342f, -0.02384946501938000f, 0.03782845550699546f},
            {0.78848561640566439f, -0.41809227322221221f, -0.04068941760955844f, 0.06453888262893843f}};
}

void analyse(std::vector<float>& plane, std::size_t stride, const Tree& tree, const Filters& filters) {
    Bank bank(plane.data(), stride, filters, false);
    for (const Node& node : tree.nodes) {
        bank.rows(node);
        bank.columns(node);
    }
}

void synthesise(std::vector<float>& plane, std::size_t stride, const Tree& tree, const Filters& filters) {
    Bank bank(plane.data(), stride, filters, true);
    for (auto node = tree.nodes.rbegin(); node != tree.nodes.rend(); ++node) {
        bank.columns(*node);
        bank.rows(*node);
    }
}

}  // namespace tenprint::wsq
