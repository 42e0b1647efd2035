#include "network.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "processor.hpp"

namespace tenprint::leader {
namespace {

// Hands out memory one piece after the other; `mark` and `back` give pieces back together. Measures only, if it has no memory.
class Arena {
   public:
    explicit Arena(float* memory) : memory_(memory) {}
    float* take(long count) {
        float* p = memory_ ? memory_ + used_ : nullptr;
        used_ += (count + 15) / 16 * 16;
        most_ = std::max(most_, used_);
        return p;
    }
    // A map with zero borders; the pixels themselves are left as they are.
    Map map(long rows, long columns, long border, long stride) {
        Map m{nullptr, rows, columns, border, stride};
        m.data = take((rows + 2 * border) * m.pitch() + 64);
        if (!memory_ || border == 0) return m;
        const auto clear = [](float* p, long count) { std::memset(p, 0, static_cast<std::size_t>(count) * sizeof(float)); };
        clear(m.data, border * m.pitch() + border * stride);
        for (long y = 0; y < rows; ++y) clear(m.at(y, columns), 2 * border * stride);
        clear(m.at(rows, -border), border * m.pitch());
        return m;
    }
    long mark() const { return used_; }
    void back(long mark) { used_ = mark; }
    long most() const { return most_; }

   private:
    float* memory_;
    long used_ = 0, most_ = 0;
};

long up_to(long side) { return std::max(kSmallest, (side + kMultiple - 1) / kMultiple * kMultiple); }

// The image in the middle of the network's input; around it the median grey of its rim, so that the seam is not an edge.
struct Frame {
    long rows, columns, top, left;
    float surround;
};

Frame frame_of(const Image& image) {
    std::vector<std::uint8_t> rim;
    const auto add = [&](long y, long x) { rim.push_back(image.pixels[y * image.columns + x]); };
    for (long x = 0; x < image.columns; ++x) add(0, x), add(image.rows - 1, x);
    for (long y = 0; y < image.rows; ++y) add(y, 0), add(y, image.columns - 1);
    const auto middle = rim.begin() + static_cast<std::ptrdiff_t>(rim.size() / 2);
    std::nth_element(rim.begin(), middle, rim.end());  // of an even number: the rim is counted twice over in pairs
    const float upper = *middle, lower = *std::max_element(rim.begin(), middle);
    const long rows = up_to(image.rows), columns = up_to(image.columns);
    return {rows, columns, (rows - image.rows) / 2, (columns - image.columns) / 2, (upper + lower) / 2};
}

Planes planes_of(const Image& image, const Frame& frame, Arena& arena, bool real) {
    Planes p;
    p.rows = frame.rows;
    p.half = frame.columns / 2;
    p.pitch = p.half + 4;
    const long size = (p.rows + 8) * p.pitch + 64;
    p.even = arena.take(size);
    p.odd = arena.take(size);
    if (!real) return p;
    std::memset(p.even, 0, static_cast<std::size_t>(size) * sizeof(float));
    std::memset(p.odd, 0, static_cast<std::size_t>(size) * sizeof(float));
    for (long y = 0; y < p.rows; ++y) {
        float *even = p.even + (y + 4) * p.pitch + 2, *odd = p.odd + (y + 4) * p.pitch + 2;
        std::fill(even, even + p.half, frame.surround);
        std::fill(odd, odd + p.half, frame.surround);
        const long from = y - frame.top;
        if (from < 0 || from >= image.rows) continue;
        for (long x = 0; x < image.columns; ++x) {
            const long at = x + frame.left;
            (at % 2 ? odd : even)[at / 2] = image.pixels[from * image.columns + x];
        }
    }
    return p;
}

// One image on its way through the network.
class Run {
   public:
    Run(const Kernels& kernels, const Layers& layers, float* memory, const Tap& tap)
        : k_(kernels), l_(layers), arena_(memory), tap_(tap), real_(memory != nullptr) {}

    // Returns the floats that the arena must hold; finds nothing if it holds none.
    long through(const Image& image, const Frame& frame, float least, std::vector<Found>& found) {
        const long rows = frame.rows / 2, columns = frame.columns / 2;
        scratch_ = arena_.take(kScratch);
        const Map gated = arena_.map(rows, columns, 3, 64);
        const long mark = arena_.mark();
        small(image, frame, gated);
        arena_.back(mark);
        const Map last = large(gated);
        const long pitch = columns + 2;
        float* planes = arena_.take(4 * pitch * (rows + 2) + 64);
        if (real_) {
            std::memset(planes, 0, static_cast<std::size_t>(4 * pitch * (rows + 2)) * sizeof(float));
            k_.head(l_.heads[0], l_.tails[0], last, planes, scratch_);
        }
        const Map position = arena_.map(frame.rows, frame.columns, 2, 1);
        float* blurred = arena_.take(frame.rows * frame.columns);
        if (real_) {
            k_.positions(l_.tails[0], planes, rows, columns, position, scratch_);
            tap("position", position, 0, 1);
            k_.blur(l_.blur, position, blurred);
            tap("blurred", {blurred, frame.rows, frame.columns, 0, 1}, 0, 1);
            peaks(image, frame, blurred, least, found);
            describe(frame, last, found);
        }
        return arena_.most();
    }

   private:
    long pad(long channels) const { return (channels + k_.width - 1) / k_.width * k_.width; }

    void tap(const char* name, const Map& map, long offset, long channels) const {
        if (!tap_) return;
        std::vector<float> values;
        for (long y = 0; y < map.rows; ++y) {
            for (long x = 0; x < map.columns; ++x) values.insert(values.end(), map.at(y, x) + offset, map.at(y, x) + offset + channels);
        }
        tap_(name, values, map.rows, map.columns, channels);
    }

    // Stems, the small U-Net and the attention that it gives: fills `gated`.
    void small(const Image& image, const Frame& frame, const Map& gated) {
        const long outputs[kLevels] = {16, 32, 64, 128}, doubled[kLevels] = {16, 32, 64, 128};
        const Planes planes = planes_of(image, frame, arena_, real_);
        Map in = arena_.map(gated.rows, gated.columns, 2, 16), joined[kLevels];
        if (real_) {
            k_.stem(l_.stems[0], planes, in, 0, scratch_);
            k_.stem(l_.stems[1], planes, gated, 32, scratch_);
            tap("stem0", in, 0, 16);
            tap("stem1", gated, 32, 32);
        }
        for (int n = 0; n < kLevels; ++n) {
            joined[n] = arena_.map(in.rows, in.columns, n ? 2 : 6, outputs[n] + doubled[n]);
            const Map next = arena_.map(in.rows / 2, in.columns / 2, 2, outputs[n]);
            if (real_) {
                k_.separable(l_.small_down[static_cast<std::size_t>(n)], in, {joined[n], 0, false}, scratch_);
                tap(kSmallDown[n], joined[n], 0, outputs[n]);
                k_.pool(joined[n], outputs[n], next);
            }
            in = next;
        }
        for (int n = kLevels - 1; n >= 0 && real_; --n) {
            k_.separable(l_.small_up[static_cast<std::size_t>(n)], in, {joined[n], outputs[n], true}, scratch_);
            tap(kSmallUp[n], joined[n], outputs[n], doubled[n]);
            in = joined[n];
        }
        const Map words = k_.pairs ? arena_.map(gated.rows, gated.columns, 6, 16) : Map{};
        if (real_) {
            k_.attention(l_.attention, joined[0], words, gated, scratch_);
            tap("attention", gated, 0, 32);
        }
    }

    // The large U-Net; returns its output, the heads' input.
    Map large(const Map& gated) {
        const long outputs[kLevels] = {32, 64, 128, 32}, doubled[kLevels] = {20, 42, 91, 27};
        Map in = gated, joined[kLevels];
        for (int n = 0; n < kLevels; ++n) {
            joined[n] = arena_.map(in.rows, in.columns, 3, outputs[n] + pad(doubled[n]));
            const Map next = arena_.map(in.rows / 2, in.columns / 2, 3, outputs[n]);
            if (real_) {
                k_.block(l_.down[static_cast<std::size_t>(n)], in, {joined[n], 0, false}, scratch_);
                tap(kDown[n], joined[n], 0, outputs[n]);
                k_.pool(joined[n], outputs[n], next);
            }
            in = next;
        }
        for (int n = kLevels - 1; n >= 0 && real_; --n) {
            k_.block(l_.up[static_cast<std::size_t>(n)], in, {joined[n], outputs[n], true}, scratch_);
            tap(kUp[n], joined[n], outputs[n], doubled[n]);
            in = joined[n];
        }
        return joined[0];
    }

    // Maxima of 7×7 pixels that lie in the image.
    void peaks(const Image& image, const Frame& frame, const float* map, float least, std::vector<Found>& found) const {
        for (long y = frame.top; y < frame.top + image.rows; ++y) {
            for (long x = frame.left; x < frame.left + image.columns; ++x) {
                const float here = map[y * frame.columns + x];
                if (!(here >= least)) continue;
                bool largest = true;
                for (long v = std::max(0L, y - 3); v <= std::min(frame.rows - 1, y + 3) && largest; ++v) {
                    for (long u = std::max(0L, x - 3); u <= std::min(frame.columns - 1, x + 3); ++u) largest &= map[v * frame.columns + u] <= here;
                }
                if (largest) found.push_back({x - frame.left, y - frame.top, here, 0.0f, 0.0f});
            }
        }
    }

    // Direction and type at the minutiae, from the 3×3 half-size pixels around each.
    void describe(const Frame& frame, const Map& in, std::vector<Found>& found) const {
        for (Found& one : found) {
            const long y = one.y + frame.top, x = one.x + frame.left;
            const float* at[9];
            long tap_of[9], count = 0;
            for (long n = 0; n < 9; ++n) {
                const long v = y / 2 + n / 3 - 1, u = x / 2 + n % 3 - 1;
                if (v < 0 || u < 0 || v >= in.rows || u >= in.columns) continue;
                at[count] = in.at(v, u);
                tap_of[count++] = n;
            }
            float sums[3] = {};
            for (int head = 1; head < 3; ++head) {
                const Tail& tail = l_.tails[static_cast<std::size_t>(head)];
                float four[kStrip * 4];
                k_.points(l_.heads[static_cast<std::size_t>(head)], tail, in, at, count, four, scratch_);
                for (int output = 0; output < (head == 1 ? 2 : 1); ++output) {
                    float sum = tail.last_bias[output];
                    for (int c = 0; c < 4; ++c) {
                        for (long n = 0; n < count; ++n) sum += tail.last[output][y % 2 * 2 + x % 2][c][tap_of[n]] * four[n * 4 + c];
                    }
                    sums[head - 1 + output + (head == 2)] = sum;
                }
            }
            one.direction = std::atan2(sums[1], sums[0]);
            one.ending = 1.0f / (1.0f + std::exp(-sums[2]));
        }
    }

    static constexpr const char *kSmallDown[] = {"enc0_0", "enc0_1", "enc0_2", "enc0_3"}, *kSmallUp[] = {"dec0_0", "dec0_1", "dec0_2", "dec0_3"},
                                *kDown[] = {"enc1_0", "enc1_1", "enc1_2", "enc1_3"}, *kUp[] = {"dec1_0", "dec1_1", "dec1_2", "dec1_3"};
    const Kernels& k_;
    const Layers& l_;
    Arena arena_;
    const Tap& tap_;
    bool real_;
    float* scratch_ = nullptr;
};

}  // namespace

Network::Network(std::span<const std::uint8_t> weights, const std::string& kind)
    : kernels_(&kernels_of(kind)), layers_(std::make_unique<Layers>(Weights(weights), *kernels_)) {}

double Network::spin(double least) const {
    const double each = static_cast<double>(kSpin * kernels_->width * (kernels_->pairs ? 2 : 1));
    const long rounds = static_cast<long>(std::min(least / each, 1e12)) + 1;
    float sink[2] = {-1e-9f, 1.0f};
    kernels_->spin(rounds, sink);
    return static_cast<double>(rounds) * each;
}

std::vector<Found> Network::find(Image image, float least, const Tap& tap) const {
    if (image.rows < 1 || image.columns < 1 || image.rows > kLongestSide || image.columns > kLongestSide ||
        image.rows * image.columns > kMostPixels) {
        throw std::invalid_argument("an image of " + std::to_string(image.columns) + " by " + std::to_string(image.rows) +
                                    " pixels; allowed: 1 to 4,000,000 pixels, 32,768 on a side");
    }
    const Frame frame = frame_of(image);
    std::vector<Found> found;
    const auto needed = static_cast<std::size_t>(Run(*kernels_, *layers_, nullptr, tap).through(image, frame, least, found));
    Room room;
    {
        const std::lock_guard guard(lock_);
        if (!rooms_.empty()) {
            room = std::move(rooms_.back());
            rooms_.pop_back();
        }
    }
    if (room.count < needed) {
        room.floats.reset();
        room = {aligned_floats(needed), needed};
    }
    Run(*kernels_, *layers_, room.floats.get(), tap).through(image, frame, least, found);
    const std::lock_guard guard(lock_);
    rooms_.push_back(std::move(room));
    return found;
}

}  // namespace tenprint::leader
