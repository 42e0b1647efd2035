// The first stage, pooling, and what follows the position head. Included by kernels.inl.

void pool(const Map& in, long channels, const Map& out) {
    const long half = channels / 2;
    for (long y = 0; y < out.rows; ++y) {
        for (long x = 0; x < out.columns; ++x) {
            const float* a = in.at(2 * y, 2 * x);
            const float* b = a + in.pitch();
            float* to = out.at(y, x);
            for (long c = 0; c < channels; c += W) {
                const V p = load(a + c), q = load(a + in.stride + c), r = load(b + c), t = load(b + in.stride + c);
                const V most = larger(larger(p, q), larger(r, t)), mean = (p + q + r + t) * splat(0.25f);
                if (c + W <= half) {
                    store(to + c, most);
                } else if (c >= half) {
                    store(to + c, mean);
                } else {  // the halves meet inside the vector
                    store(to + c, mean);
                    for (long n = 0; c + n < half; ++n) to[c + n] = most[n];
                }
            }
        }
    }
}

// Four places of a 2×2 square of the image, each a vector of squares that lie side by side.
struct Square {
    V at[4];
};

// Adds one filter pair to two channels. Even and odd columns lie apart, so a step of one column changes the plane.
template <int spread>
TENPRINT_INLINE void stem_channels(const Planes& planes, long y, long x, const float* first, const float* second, Square& one, Square& two) {
    for (int ky = 0; ky < 5; ++ky) {
TENPRINT_UNROLL(5)
        for (int kx = 0; kx < 5; ++kx) {
            const int dx = (kx - 2) * spread, low = (dx & 1) ? (dx - 1) / 2 : dx / 2;
            const long row = (2 * y + 4 + (ky - 2) * spread) * planes.pitch + x + 2 + low;
            const float *near = (dx & 1) ? planes.odd : planes.even, *next = (dx & 1) ? planes.even + 1 : planes.odd;
            const V w1 = splat(first[ky * 5 + kx]), w2 = splat(second[ky * 5 + kx]);
            const V in[4] = {load(near + row), load(next + row), load(near + row + planes.pitch), load(next + row + planes.pitch)};
TENPRINT_UNROLL(4)
            for (int n = 0; n < 4; ++n) {
                one.at[n] = one.at[n] + in[n] * w1;
                two.at[n] = two.at[n] + in[n] * w2;
            }
        }
    }
}

void stem(const Stem& layer, const Planes& planes, const Map& out, long offset, float*) {
    const float share = 1.0f / static_cast<float>(layer.channels);
    for (long y = 0; y < out.rows; ++y) {
        for (long x = 0; x < out.columns; x += W) {
            Square maps[32], mean = {}, scale = {};
            for (int c = 0; c < layer.channels; c += 2) {
                for (int n = 0; n < 4; ++n) {
                    maps[c].at[n] = splat(layer.bias[c]);
                    maps[c + 1].at[n] = splat(layer.bias[c + 1]);
                }
                const float* taps = layer.taps + c * 25;
                if (c < layer.channels / 2) {
                    stem_channels<1>(planes, y, x, taps, taps + 25, maps[c], maps[c + 1]);
                } else {
                    stem_channels<2>(planes, y, x, taps, taps + 25, maps[c], maps[c + 1]);
                }
                for (int n = 0; n < 4; ++n) mean.at[n] = mean.at[n] + maps[c].at[n] + maps[c + 1].at[n];
            }
            for (int n = 0; n < 4; ++n) {
                mean.at[n] = mean.at[n] * splat(share);
                V square = {};
                for (int c = 0; c < layer.channels; ++c) {
                    maps[c].at[n] = maps[c].at[n] - mean.at[n];
                    square = square + maps[c].at[n] * maps[c].at[n];
                }
                scale.at[n] = splat(1.0f) / roots(square * splat(share) + splat(kEpsilon));
            }
            float pooled[32][W];
            for (int c = 0; c < layer.channels; ++c) {
                V v[4];
                for (int n = 0; n < 4; ++n) v[n] = gelu(maps[c].at[n] * scale.at[n] * splat(layer.gamma[c]) + splat(layer.beta[c]));
                store(pooled[c], layer.average ? (v[0] + v[1] + v[2] + v[3]) * splat(0.25f) : larger(larger(v[0], v[1]), larger(v[2], v[3])));
            }
            float* to = out.at(y, x) + offset;
            for (long k = 0; k < W; ++k) {
                for (int c = 0; c < layer.channels; ++c) to[k * out.stride + c] = pooled[c][k];
            }
        }
    }
}

void positions(const Tail& t, const float* planes, long rows, long columns, const Map& out, float*) {
    const long pitch = columns + 2, plane = pitch * (rows + 2);
    for (long y = 0; y < rows; ++y) {
        for (long x = 0; x < columns; x += W) {
            V acc[4];
            for (int n = 0; n < 4; ++n) acc[n] = splat(t.last_bias[0]);
            for (int c = 0; c < 4; ++c) {
                for (int k = 0; k < 9; ++k) {
                    const V value = load(planes + c * plane + (y + k / 3) * pitch + x + k % 3);
                    for (int n = 0; n < 4; ++n) acc[n] = acc[n] + value * splat(t.last[0][n][c][k]);
                }
            }
            for (int n = 0; n < 4; ++n) {
                const V v = sigmoid(acc[n]);
                float* to = out.at(2 * y + n / 2, 2 * x + n % 2);
                for (long k = 0; k < W; ++k) to[2 * k] = v[k];
            }
        }
    }
}

void blur(const float* taps, const Map& in, float* out) {
    for (long y = 0; y < in.rows; ++y) {
        for (long x = 0; x < in.columns; x += W) {
            V acc = {};
            for (int k = 0; k < 25; ++k) acc = acc + load(in.at(y + k / 5 - 2, x + k % 5 - 2)) * splat(taps[k]);
            store(out + y * in.columns + x, acc);
        }
    }
}

void spin(long rounds, float* sink) {
    V acc[kSpin];
    const Factor factor = splat_word(Word(sink[0]));
TENPRINT_UNROLL(16)
    for (long n = 0; n < kSpin; ++n) acc[n] = splat(sink[1] + static_cast<float>(n));
    for (long k = 0; k < rounds; ++k) {
TENPRINT_UNROLL(16)
        for (long n = 0; n < kSpin; ++n) acc[n] = mac(acc[n], (Factor)acc[n], factor);
        asm volatile("" ::: "memory");  // keeps the loop
    }
TENPRINT_UNROLL(16)
    for (long n = 0; n < kSpin; ++n) sink[0] += sum(acc[n]);
}
