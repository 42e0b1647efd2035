// The seam between the order of the network's stages and the loops that do the work at one vector width.
//
// Plain structures only: this header is compiled once for every instruction set, and an inline function of the standard library
// that the linker took from a file built for another machine would be an illegal instruction here.
#pragma once

namespace tenprint::leader {

inline constexpr long kStrip = 48;       // pixels worked on at once: their activations stay in the first and second cache
inline constexpr long kHidden = 128;     // hidden units worked on at once, a multiple of every panel's width
inline constexpr long kWidest = 256;     // most channels of any map
inline constexpr long kScratch = kStrip * (4 * kWidest + kHidden);  // floats of scratch that one thread needs

// Activations: rows × columns pixels of `stride` floats, with `border` zero pixels on every side.
struct Map {
    float* data = nullptr;
    long rows = 0, columns = 0, border = 0, stride = 0;
    long pitch() const { return (columns + 2 * border) * stride; }
    float* at(long y, long x) const { return data + (y + border) * pitch() + (x + border) * stride; }
};

// Where a stage writes: channels from `offset` on, in a map of the same size or, repeated 2×2, in one of twice the size.
struct Sink {
    Map map;
    long offset = 0;
    bool twice = false;
};

// A 1×1 layer packed for the kernel: panels of columns, each with its rows one after the other.
struct Matrix {
    const void* words = nullptr;
    const float* bias = nullptr;  // `outputs` floats
    int inputs = 0, outputs = 0;  // outputs are padded to the vector width with zero weights
};

// Depth-wise 5×5, 1×1 with outputs centred on their mean, layer normalisation, GELU.
struct Separable {
    const float* taps = nullptr;  // (25, padded)
    int padded = 0;               // input channels, padded to the vector width
    Matrix pointwise;
    const float *gamma = nullptr, *beta = nullptr;
    int outputs = 0;  // real ones, over which the variance is taken
};

// Depth-wise 7×7, layer normalisation (its scale and shift are in `expand`), 1×1 and GELU, 1×1, residual, 1×1.
struct Block {
    const float* taps = nullptr;  // (49, padded)
    int channels = 0, padded = 0;
    Matrix expand;
    Matrix reduce;   // hidden to channels; to the block's outputs if `adjust` is folded into it
    Matrix adjust;   // channels to the block's outputs
    bool folded = false;
    int hidden = 0;  // real hidden units
};

// Plain and dilated 5×5 filters of one stem, layer normalisation, GELU, 2×2 pooling.
struct Stem {
    const float* taps = nullptr;  // (channels, 25): first half plain, second half with dilation 2
    const float *bias = nullptr, *gamma = nullptr, *beta = nullptr;
    int channels = 0;
    bool average = false;  // pooled by average, else by maximum
};

struct Attention {
    Matrix filters[3];  // 9 × 32 inputs, dilation 1, 3, 6; 16 outputs each
    Matrix gate;        // 48 to 32
};

// What follows a head's block: layer normalisation over four (scale and shift in `mix`), 4×4, GELU, and the 5×5 filter on the
// doubled map as four 3×3 filters, one for each place in a 2×2 square.
struct Tail {
    float mix[4][4], mix_bias[4];
    float last[2][4][4][9];  // output, place, channel, tap
    float last_bias[2];
};

// The image as float columns of even and odd number: rows + 8 by columns / 2 + 4 each, zero borders.
struct Planes {
    float *even = nullptr, *odd = nullptr;
    long pitch = 0;
    long rows = 0, half = 0;
};

struct Kernels {
    const char* name;
    int width;      // floats of a vector
    int panel;      // vectors of a packed panel
    bool pairs;     // matrices hold pairs of bfloat16 instead of floats
    void (*stem)(const Stem&, const Planes&, const Map& out, long offset, float* scratch);
    void (*separable)(const Separable&, const Map& in, const Sink&, float* scratch);
    void (*attention)(const Attention&, const Map& in, const Map& words, const Map& out, float* scratch);
    void (*block)(const Block&, const Map& in, const Sink&, float* scratch);
    // One head: its block, then the four channels of `Tail`, as four planes (rows + 2) × (columns + 2) with a zero border.
    void (*head)(const Block&, const Tail&, const Map& in, float* planes, float* scratch);
    // The same at `count` <= kStrip pixels of `in` alone: four floats for each.
    void (*points)(const Block&, const Tail&, const Map& in, const float* const* at, long count, float* four, float* scratch);
    void (*pool)(const Map& in, long channels, const Map& out);
    // The first output of the tail for every pixel of the doubled map, after a sigmoid: (2 rows) × (2 columns), border 2.
    void (*positions)(const Tail&, const float* planes, long rows, long columns, const Map& out, float* scratch);
    void (*blur)(const float* taps, const Map& in, float* out);
    // Multiply-adds and nothing else, `rounds` times `kSpin` vectors, in registers: what this core can do at most.
    void (*spin)(long rounds, float* sink);
};

inline constexpr long kSpin = 12;  // independent sums: enough for two units of latency four to six

const Kernels* portable_kernels();
const Kernels* avx2_kernels();           // null where the compiler does not know x86-64
const Kernels* avx512_kernels();
const Kernels* bf16_kernels();
const Kernels* avx2_bf16_kernels();

}  // namespace tenprint::leader
