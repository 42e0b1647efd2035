// Matrix products in register tiles and depth-wise filters. Included by kernels.inl.

constexpr int kPanel = TENPRINT_PANEL;  // vectors of a packed panel

// Adds to `rows` × `vectors` sums the products of `rows` pixels, `lda` words apart, with a panel. `taps`: where each of the layer's
// windows begins, in words from the pixel; `inputs`: words of a window.
template <int rows, int vectors>
TENPRINT_INLINE void tile(const Word* a, long lda, const long* taps, int windows, int inputs, const Word* b, V (&acc)[rows][vectors]) {
    for (int t = 0; t < windows; ++t) {
        const Word* at = a + taps[t];
        for (int k = 0; k < inputs; ++k) {
            Factor right[vectors];
TENPRINT_UNROLL(8)
            for (int v = 0; v < vectors; ++v) right[v] = load_word(b + v * W);
TENPRINT_UNROLL(16)
            for (int m = 0; m < rows; ++m) {
                const Factor left = splat_word(at[m * lda]);
TENPRINT_UNROLL(8)
                for (int v = 0; v < vectors; ++v) acc[m][v] = mac(acc[m][v], left, right[v]);
            }
            at += 1;
            b += vectors * W;
        }
    }
}

// What becomes of the sums of a tile.
struct AddTo {  // float[pixel][stride] += sums
    float* to;
    long stride;
    TENPRINT_INLINE void operator()(long m, long column, V v) const {
        float* at = to + m * stride + column;
        store(at, load(at) + v);
    }
};

struct GeluWords {  // words[pixel][stride values] = gelu(sums + bias)
    Word* to;
    long stride;
    const float* bias;
    TENPRINT_INLINE void operator()(long m, long column, V v) const {
        store_words(to, m * stride + column, gelu(v + load(bias + column)));
    }
};

template <int rows, int vectors, class Then>
TENPRINT_INLINE void tile_then(const Word* a, long lda, const long* taps, int windows, int inputs, const Word* b, long m, long column,
                               Then then) {
    V acc[rows][vectors] = {};
    tile<rows, vectors>(a, lda, taps, windows, inputs, b, acc);
TENPRINT_UNROLL(16)
    for (int r = 0; r < rows; ++r) {
TENPRINT_UNROLL(8)
        for (int v = 0; v < vectors; ++v) then(m + r, column + v * W, acc[r][v]);
    }
}

constexpr long kNoTaps[1] = {0};

template <int vectors, class Then>
inline void panel(const Word* a, long lda, long pixels, const long* taps, int windows, int inputs, const Word* b, long column,
                  Then then) {
    long m = 0;
    if constexpr (vectors == 1) {
        for (; m + 12 <= pixels; m += 12) tile_then<12, 1>(a + m * lda, lda, taps, windows, inputs, b, m, column, then);
    }
    for (; m + 6 <= pixels; m += 6) tile_then<6, vectors>(a + m * lda, lda, taps, windows, inputs, b, m, column, then);
    switch (pixels - m) {
        case 5: tile_then<5, vectors>(a + m * lda, lda, taps, windows, inputs, b, m, column, then); break;
        case 4: tile_then<4, vectors>(a + m * lda, lda, taps, windows, inputs, b, m, column, then); break;
        case 3: tile_then<3, vectors>(a + m * lda, lda, taps, windows, inputs, b, m, column, then); break;
        case 2: tile_then<2, vectors>(a + m * lda, lda, taps, windows, inputs, b, m, column, then); break;
        case 1: tile_then<1, vectors>(a + m * lda, lda, taps, windows, inputs, b, m, column, then); break;
        default: break;
    }
}

// `pixels` rows of `a` times the columns from `first` to `last` (both in columns, `first` on a panel's edge).
template <class Then>
inline void product(const Word* a, long lda, long pixels, const long* taps, int windows, int inputs, const Word* words, long first,
                    long last, Then then) {
    const long deep = static_cast<long>(windows) * inputs;
    for (long column = first; column < last; column += kPanel * W) {
        const Word* b = words + column * deep;
        const long left = (last - column) / W;
        if (left >= kPanel) {
            panel<kPanel>(a, lda, pixels, taps, windows, inputs, b, column, then);
        } else if (kPanel > 3 && left == 3) {
            panel<(kPanel > 3 ? 3 : 1)>(a, lda, pixels, taps, windows, inputs, b, column, then);
        } else if (kPanel > 2 && left == 2) {
            panel<(kPanel > 2 ? 2 : 1)>(a, lda, pixels, taps, windows, inputs, b, column, then);
        } else {
            panel<1>(a, lda, pixels, taps, windows, inputs, b, column, then);
        }
    }
}

inline int words_of(long values) { return static_cast<int>((values + kPack - 1) / kPack); }

// `pixels` pixels of `side` × `side` filters, one for each channel, next to each other in a map row; `at` is the first pixel itself.
template <int side, int pixels>
inline void filter_tile(const float* at, long pitch, long stride, const float* taps, long padded, float* out, long out_stride) {
    const float* corner = at - (side / 2) * (pitch + stride);
    for (long c = 0; c < padded; c += W) {
        V acc[pixels] = {};
        for (int ky = 0; ky < side; ++ky) {
            V weight[side];
TENPRINT_UNROLL(8)
            for (int kx = 0; kx < side; ++kx) weight[kx] = load(taps + (ky * side + kx) * padded + c);
            const float* row = corner + ky * pitch + c;
TENPRINT_UNROLL(16)
            for (int x = 0; x < pixels + side - 1; ++x) {
                const V value = load(row + x * stride);
TENPRINT_UNROLL(8)
                for (int kx = 0; kx < side; ++kx) {
                    if (x - kx >= 0 && x - kx < pixels) acc[x - kx] = acc[x - kx] + value * weight[kx];
                }
            }
        }
TENPRINT_UNROLL(8)
        for (int x = 0; x < pixels; ++x) store(out + x * out_stride + c, acc[x]);
    }
}

template <int side>
inline void filter_run(const float* at, long pitch, long stride, long pixels, const float* taps, long padded, float* out) {
    constexpr int most = side == 7 ? 6 : 8;
    long x = 0;
    if constexpr (W == 16 && side == 7) {  // 32 registers hold twelve sums: two units of latency four are busy from eight on
        for (; x + 12 <= pixels; x += 12) filter_tile<side, 12>(at + x * stride, pitch, stride, taps, padded, out + x * padded, padded);
    }
    for (; x + most <= pixels; x += most) filter_tile<side, most>(at + x * stride, pitch, stride, taps, padded, out + x * padded, padded);
    const float* from = at + x * stride;
    float* to = out + x * padded;
    switch (pixels - x) {
        case 7: filter_tile<side, 7 <= most ? 7 : 1>(from, pitch, stride, taps, padded, to, padded); break;
        case 6: filter_tile<side, 6>(from, pitch, stride, taps, padded, to, padded); break;
        case 5: filter_tile<side, 5>(from, pitch, stride, taps, padded, to, padded); break;
        case 4: filter_tile<side, 4>(from, pitch, stride, taps, padded, to, padded); break;
        case 3: filter_tile<side, 3>(from, pitch, stride, taps, padded, to, padded); break;
        case 2: filter_tile<side, 2>(from, pitch, stride, taps, padded, to, padded); break;
        case 1: filter_tile<side, 1>(from, pitch, stride, taps, padded, to, padded); break;
        default: break;
    }
}
