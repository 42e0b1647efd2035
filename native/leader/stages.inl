// The stages at half resolution and below. Included by kernels.inl.

// Calls `run(pointer to the first pixel, pixels, pixels before it in the strip)` for each stretch of a strip that lies in one row.
template <class Run>
inline void each_run(const Map& map, long first, long count, const Run& run) {
    long done = 0;
    while (done < count) {
        const long y = (first + done) / map.columns, x = (first + done) % map.columns;
        const long n = count - done < map.columns - x ? count - done : map.columns - x;
        run(map.at(y, x), n, done, y, x);
        done += n;
    }
}

// `pixels` rows of `channels` sums go where the next stage reads them.
inline void deliver(const Sink& sink, long width, long first, long count, const float* from, long stride, long channels) {
    const long rows_of = sink.twice ? 2 : 1;
    long done = 0;
    while (done < count) {
        const long y = (first + done) / width, x = (first + done) % width;
        const long n = count - done < width - x ? count - done : width - x;
        for (long p = 0; p < n; ++p) {
            const float* values = from + (done + p) * stride;
            float* to = sink.map.at(y * rows_of, (x + p) * rows_of) + sink.offset;
            for (long c = 0; c < channels; c += W) {
                const V v = load(values + c);
                store(to + c, v);
                if (sink.twice) {
                    store(to + sink.map.stride + c, v);
                    store(to + sink.map.pitch() + c, v);
                    store(to + sink.map.pitch() + sink.map.stride + c, v);
                }
            }
        }
        done += n;
    }
}

constexpr float kEpsilon = 1e-3f;  // of every layer normalisation. Source: the graph

// Each pixel minus its mean, over its standard deviation, as words; in place for floats. Padding channels are zero.
inline void normalise(const float* values, long pixels, long channels, long padded, Word* out) {
    const float share = 1.0f / static_cast<float>(channels);
    float mask[W];
    const long last = padded - W;  // the only vector that may hold padding
    for (long n = 0; n < W; ++n) mask[n] = last + n < channels ? 1.0f : 0.0f;
    const V keep = load(mask);
    for (long p = 0; p < pixels; ++p) {
        const float* at = values + p * padded;
        V total = {};
        for (long c = 0; c < padded; c += W) total = total + load(at + c);
        const V mean = splat(sum(total) * share);
        V square = {};
        for (long c = 0; c < last; c += W) {
            const V d = load(at + c) - mean;
            square = square + d * d;
        }
        const V d = (load(at + last) - mean) * keep;
        square = square + d * d;
        const V scale = splat(1.0f / root(sum(square) * share + kEpsilon));
        for (long c = 0; c < last; c += W) store_words(out, p * padded + c, (load(at + c) - mean) * scale);
        store_words(out, p * padded + last, d * scale);
    }
}

inline void fill(float* to, long pixels, long stride, const float* values, long channels) {
    for (long p = 0; p < pixels; ++p) {
        for (long c = 0; c < channels; c += W) store(to + p * stride + c, load(values + c));
    }
}

// The two halves of a block on one strip whose depth-wise output is in `filtered` and whose input pixels are in `input`. Returns where the
// block's outputs are: (pixels, stride of the result).
struct Strip {
    float *filtered, *input, *hidden, *sums, *spare;
};

inline Strip strip_of(float* scratch) {
    const long area = kStrip * kWidest;
    return {scratch, scratch + area, scratch + 2 * area, scratch + 2 * area + kStrip * kHidden, scratch + 3 * area + kStrip * kHidden};
}

inline const float* block_strip(const Block& block, long pixels, const Strip& s) {
    Word* const normal = reinterpret_cast<Word*>(s.filtered);
    Word* const hidden = reinterpret_cast<Word*>(s.hidden);
    normalise(s.filtered, pixels, block.channels, block.padded, normal);
    const long lda = block.padded / kPack;
    const long stride = block.reduce.outputs;
    if (block.folded) {
        fill(s.sums, pixels, stride, block.adjust.bias, stride);
        const AddTo add{s.sums, stride};
        if constexpr (kPack == 1) {
            product(reinterpret_cast<const Word*>(s.input), lda, pixels, kNoTaps, 1, words_of(block.channels),
                    static_cast<const Word*>(block.adjust.words), 0, stride, add);
        } else {
            Word* const words = reinterpret_cast<Word*>(s.spare);
            for (long n = 0; n < pixels * block.padded; n += W) store_words(words, n, load(s.input + n));
            product(words, lda, pixels, kNoTaps, 1, words_of(block.channels), static_cast<const Word*>(block.adjust.words), 0, stride, add);
        }
    } else {
        for (long p = 0; p < pixels; ++p) {
            for (long c = 0; c < stride; c += W) {
                store(s.sums + p * stride + c, load(s.input + p * block.padded + c) + load(block.reduce.bias + c));
            }
        }
    }
    for (long first = 0; first < block.expand.outputs; first += kHidden) {
        const long last = first + kHidden < block.expand.outputs ? first + kHidden : block.expand.outputs;
        const long used = (last < block.hidden ? last : block.hidden) - first;
        product(normal, lda, pixels, kNoTaps, 1, words_of(block.channels), static_cast<const Word*>(block.expand.words), first, last,
                GeluWords{hidden - first / kPack, kHidden, block.expand.bias});
        const Word* chunk = static_cast<const Word*>(block.reduce.words) + first / kPack * stride;
        product(hidden, kHidden / kPack, pixels, kNoTaps, 1, words_of(used), chunk, 0, stride, AddTo{s.sums, stride});
    }
    if (block.folded) return s.sums;
    const long outputs = block.adjust.outputs;
    fill(s.spare, pixels, outputs, block.adjust.bias, outputs);
    const Word* sums = reinterpret_cast<const Word*>(s.sums);
    if constexpr (kPack == 2) {
        Word* const words = reinterpret_cast<Word*>(s.filtered);
        for (long n = 0; n < pixels * stride; n += W) store_words(words, n, load(s.sums + n));
        sums = words;
    }
    product(sums, stride / kPack, pixels, kNoTaps, 1, words_of(block.channels), static_cast<const Word*>(block.adjust.words), 0, outputs,
            AddTo{s.spare, outputs});
    return s.spare;
}

inline void copy_pixels(const float* from, long pixels, long padded, long stride, float* to) {
    for (long p = 0; p < pixels; ++p) {
        for (long c = 0; c < padded; c += W) store(to + p * padded + c, load(from + p * stride + c));
    }
}

inline const float* block_at(const Block& block, const Map& in, long first, long count, const Strip& s) {
    each_run(in, first, count, [&](const float* at, long n, long done, long, long) {
        filter_run<7>(at, in.pitch(), in.stride, n, block.taps, block.padded, s.filtered + done * block.padded);
        copy_pixels(at, n, block.padded, in.stride, s.input + done * block.padded);
    });
    return block_strip(block, count, s);
}

void block(const Block& block, const Map& in, const Sink& sink, float* scratch) {
    const Strip s = strip_of(scratch);
    for (long first = 0; first < in.rows * in.columns; first += kStrip) {
        const long left = in.rows * in.columns - first, count = left < kStrip ? left : kStrip;
        const float* out = block_at(block, in, first, count, s);
        deliver(sink, in.columns, first, count, out, block.adjust.outputs, block.adjust.outputs);
    }
}

// The four channels that follow a head's block, vectors of pixels at a time. `four`: (pixels, 4).
inline void tail(const Tail& t, const float* out, long stride, long pixels, float* four) {
    for (long first = 0; first < pixels; first += W) {
        const long count = pixels - first < W ? pixels - first : W;
        float turned[4][W] = {};
        for (long n = 0; n < count; ++n) {
            for (long c = 0; c < 4; ++c) turned[c][n] = out[(first + n) * stride + c];
        }
        V x[4], square = {};
        for (int c = 0; c < 4; ++c) {
            x[c] = load(turned[c]);  // centred by the weights
            square = square + x[c] * x[c];
        }
        const V scale = splat(1.0f) / roots(square * splat(0.25f) + splat(kEpsilon));
        for (int c = 0; c < 4; ++c) {
            V mixed = splat(t.mix_bias[c]);
            for (int k = 0; k < 4; ++k) mixed = mixed + x[k] * scale * splat(t.mix[c][k]);
            store(turned[c], gelu(mixed));
        }
        for (long n = 0; n < count; ++n) {
            for (long c = 0; c < 4; ++c) four[(first + n) * 4 + c] = turned[c][n];
        }
    }
}

void head(const Block& block, const Tail& t, const Map& in, float* planes, float* scratch) {
    const Strip s = strip_of(scratch);
    const long pitch = in.columns + 2, plane = pitch * (in.rows + 2);
    for (long first = 0; first < in.rows * in.columns; first += kStrip) {
        const long left = in.rows * in.columns - first, count = left < kStrip ? left : kStrip;
        const float* out = block_at(block, in, first, count, s);
        float four[kStrip * 4];
        tail(t, out, block.adjust.outputs, count, four);
        for (long n = 0; n < count; ++n) {
            const long y = (first + n) / in.columns, x = (first + n) % in.columns;
            for (long c = 0; c < 4; ++c) planes[c * plane + (y + 1) * pitch + x + 1] = four[n * 4 + c];
        }
    }
}

void points(const Block& block, const Tail& t, const Map& in, const float* const* at, long count, float* four, float* scratch) {
    const Strip s = strip_of(scratch);
    for (long n = 0; n < count; ++n) {
        filter_run<7>(at[n], in.pitch(), in.stride, 1, block.taps, block.padded, s.filtered + n * block.padded);
        copy_pixels(at[n], 1, block.padded, in.stride, s.input + n * block.padded);
    }
    tail(t, block_strip(block, count, s), block.adjust.outputs, count, four);
}

void separable(const Separable& layer, const Map& in, const Sink& sink, float* scratch) {
    const Strip s = strip_of(scratch);
    const long outputs = layer.pointwise.outputs;
    const float share = 1.0f / static_cast<float>(layer.outputs);
    for (long first = 0; first < in.rows * in.columns; first += kStrip) {
        const long left = in.rows * in.columns - first, count = left < kStrip ? left : kStrip;
        each_run(in, first, count, [&](const float* at, long n, long done, long, long) {
            filter_run<5>(at, in.pitch(), in.stride, n, layer.taps, layer.padded, s.filtered + done * layer.padded);
        });
        Word* const words = reinterpret_cast<Word*>(s.filtered);
        if constexpr (kPack == 2) {
            for (long n = 0; n < count * layer.padded; n += W) store_words(words, n, load(s.filtered + n));
        }
        fill(s.sums, count, outputs, layer.pointwise.bias, outputs);
        product(words, layer.padded / kPack, count, kNoTaps, 1, words_of(layer.pointwise.inputs),
                static_cast<const Word*>(layer.pointwise.words), 0, outputs, AddTo{s.sums, outputs});
        for (long p = 0; p < count; ++p) {
            float* at = s.sums + p * outputs;
            V square = {};
            for (long c = 0; c < outputs; c += W) square = square + load(at + c) * load(at + c);
            const V scale = splat(1.0f / root(sum(square) * share + kEpsilon));
            for (long c = 0; c < outputs; c += W) store(at + c, gelu(load(at + c) * scale * load(layer.gamma + c) + load(layer.beta + c)));
        }
        deliver(sink, in.columns, first, count, s.sums, outputs, outputs);
    }
}

// Three dilated 3×3 filters read the map itself, 32 channels a tap; the gate multiplies it.
void attention(const Attention& layer, const Map& in, const Map& copy, const Map& out, float* scratch) {
    const Strip s = strip_of(scratch);
    const Word* base = reinterpret_cast<const Word*>(in.data);
    if constexpr (kPack == 2) {
        Word* const words = reinterpret_cast<Word*>(copy.data);
        for (long n = 0; n < (in.rows + 2 * in.border) * in.pitch(); n += W) store_words(words, n, load(in.data + n));
        base = words;
    }
    long taps[3][9];
    for (long d = 0; d < 3; ++d) {
        const long reach = d == 0 ? 1 : 3 * d;
        for (long n = 0; n < 9; ++n) taps[d][n] = ((n / 3 - 1) * reach * in.pitch() + (n % 3 - 1) * reach * in.stride) / kPack;
    }
    constexpr long columns = 48;
    Word* const maps = reinterpret_cast<Word*>(s.filtered);
    const long gated = layer.gate.outputs;
    for (long first = 0; first < in.rows * in.columns; first += kStrip) {
        const long left = in.rows * in.columns - first, count = left < kStrip ? left : kStrip;
        each_run(in, first, count, [&](const float* at, long n, long done, long, long) {
            const Word* from = base + (at - in.data) / kPack;
            for (long d = 0; d < 3; ++d) {
                const Matrix& m = layer.filters[d];
                product(from, in.stride / kPack, n, taps[d], 9, words_of(32), static_cast<const Word*>(m.words), 0, 16,
                        GeluWords{maps + (done * columns + d * 16) / kPack, columns, m.bias});
            }
        });
        fill(s.sums, count, gated, layer.gate.bias, gated);
        product(maps, columns / kPack, count, kNoTaps, 1, words_of(columns), static_cast<const Word*>(layer.gate.words), 0, gated,
                AddTo{s.sums, gated});
        each_run(in, first, count, [&](const float* at, long n, long done, long y, long x) {
            for (long p = 0; p < n; ++p) {
                float* to = out.at(y, x + p);
                for (long c = 0; c < 32; c += W) store(to + c, load(at + p * in.stride + c) * sigmoid(load(s.sums + (done + p) * gated + c)));
            }
        });
    }
}
