// One vector of TENPRINT_WIDTH floats, and the word of a matrix: a float, or two bfloat16 (TENPRINT_PAIRS).
//
// Written in GCC's vector extensions, so that the same lines become SSE2, AVX2, AVX-512 or plain code by the compiler's flags. Included
// by kernels.inl, inside the unnamed namespace of each instruction set.

typedef float V __attribute__((vector_size(4 * TENPRINT_WIDTH)));
typedef int I __attribute__((vector_size(4 * TENPRINT_WIDTH)));
typedef unsigned U __attribute__((vector_size(4 * TENPRINT_WIDTH)));
constexpr long W = TENPRINT_WIDTH;

#define TENPRINT_INLINE inline __attribute__((always_inline))
// Under test without the instructions the loops stay loops: nobody waits for them, and the compiler is done in seconds.
#define TENPRINT_PRAGMA(words) _Pragma(#words)
#if defined(TENPRINT_EMULATED)
#define TENPRINT_UNROLL(times)
#else
#define TENPRINT_UNROLL(times) TENPRINT_PRAGMA(GCC unroll times)
#endif

TENPRINT_INLINE V load(const float* p) {
    V v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}
TENPRINT_INLINE void store(float* p, V v) { __builtin_memcpy(p, &v, sizeof v); }
// Not zero plus f: that would add, since -0 + 0 is not -0.
TENPRINT_INLINE V splat(float f) {
#if TENPRINT_WIDTH == 4
    return V{f, f, f, f};
#elif TENPRINT_WIDTH == 8
    return V{f, f, f, f, f, f, f, f};
#else
    return V{f, f, f, f, f, f, f, f, f, f, f, f, f, f, f, f};
#endif
}

TENPRINT_INLINE V smaller(V a, V b) {
#if TENPRINT_WIDTH == 8 && defined(__AVX__)
    return (V)_mm256_min_ps((__m256)a, (__m256)b);
#elif TENPRINT_WIDTH == 16 && defined(__AVX512F__)
    return (V)_mm512_min_ps((__m512)a, (__m512)b);
#else
    return a < b ? a : b;
#endif
}

TENPRINT_INLINE V larger(V a, V b) {
#if TENPRINT_WIDTH == 8 && defined(__AVX__)
    return (V)_mm256_max_ps((__m256)a, (__m256)b);
#elif TENPRINT_WIDTH == 16 && defined(__AVX512F__)
    return (V)_mm512_max_ps((__m512)a, (__m512)b);
#else
    return a > b ? a : b;
#endif
}

// Sum of a vector's floats, as a tree: the same order at every width's own pace.
TENPRINT_INLINE float sum(V v) {
    float lanes[W];
#if TENPRINT_WIDTH == 8 && defined(__AVX__)
    (void)lanes;
    __m128 four = _mm_add_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_shuffle_ps(four, four, 1)));
#else
    store(lanes, v);
    for (long half = W / 2; half; half /= 2) {
        for (long n = 0; n < half; ++n) lanes[n] += lanes[n + half];
    }
    return lanes[0];
#endif
}

TENPRINT_INLINE float root(float f) { return __builtin_sqrtf(f); }

TENPRINT_INLINE V roots(V v) {
#if TENPRINT_WIDTH == 8 && defined(__AVX__)
    return (V)_mm256_sqrt_ps((__m256)v);
#elif TENPRINT_WIDTH == 16 && defined(__AVX512F__)
    return (V)_mm512_sqrt_ps((__m512)v);
#else
    for (long n = 0; n < W; ++n) v[n] = root(v[n]);
    return v;
#endif
}

// 2^f on [-1/2, 1/2], minimax. Degree 5, relative error 1.3e-7; before a rounding to bfloat16, which is 26 times coarser, degree 3, 7.5e-5.
TENPRINT_INLINE V power(V f) {
#if TENPRINT_PAIRS
    V p = splat(0.0551716685295105f);
    p = p * f + splat(0.2426111251115799f);
    p = p * f + splat(0.6932609677314758f);
    return p * f + splat(0.9999280571937561f);
#else
    V p = splat(0.001327647129073739f);
    p = p * f + splat(0.009675540961325169f);
    p = p * f + splat(0.05550713092088699f);
    p = p * f + splat(0.24022120237350464f);
    p = p * f + splat(0.6931469440460205f);
    return p * f + splat(1.0f);
#endif
}

// The machine's own scaling and reciprocal are taken with bfloat16 alone: with floats the step that the reciprocal needs after it costs
// what the division does.
#define TENPRINT_SCALES (TENPRINT_PAIRS && TENPRINT_WIDTH == 16 && defined(__AVX512F__))

// 2^z; without the machine's own scaling clamped to -126 <= z <= 126.
TENPRINT_INLINE V exp2(V z) {
#if TENPRINT_SCALES
    const __m512 whole = _mm512_roundscale_ps((__m512)z, _MM_FROUND_TO_NEAREST_INT);
    return (V)_mm512_scalef_ps((__m512)power(z - (V)whole), whole);
#else
    z = smaller(larger(z, splat(-126.0f)), splat(126.0f));
    const V shifted = z + splat(12582912.0f);  // 1.5 · 2^23: rounds z to the integer in the low bits
    return (V)((U)power(z - (shifted - splat(12582912.0f))) + ((U)shifted << 23));
#endif
}

// numerator / denominator; by a reciprocal of relative error 2^-14 where the machine scales.
TENPRINT_INLINE V ratio(V numerator, V denominator) {
#if TENPRINT_SCALES
    return numerator * (V)_mm512_rcp14_ps((__m512)denominator);
#else
    return numerator / denominator;
#endif
}

constexpr float kLog2e = 1.4426950408889634f;

TENPRINT_INLINE V sigmoid(V x) { return ratio(splat(1.0f), splat(1.0f) + exp2(x * splat(-kLog2e))); }

// GELU with tanh, x · sigmoid(2 · 0.79788458 · (x + 0.044714998 x³)). Source: the graph's constants.
TENPRINT_INLINE V gelu(V x) {
    constexpr float a = -2.0f * 0.7978845834732056f * kLog2e, b = a * 0.044714998453855515f;
    const V z = x * (splat(a) + splat(b) * (x * x));
    return ratio(x, splat(1.0f) + exp2(z));
}

#if TENPRINT_PAIRS
typedef unsigned Word;
constexpr long kPack = 2;  // values in a word

TENPRINT_INLINE unsigned short to_bf16(float f) {  // to nearest, ties to even, as VCVTNEPS2BF16 for finite numbers
    unsigned bits;
    __builtin_memcpy(&bits, &f, 4);
    return static_cast<unsigned short>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

TENPRINT_INLINE void store_words(Word* at, long index, V v) {
    unsigned short* const to = reinterpret_cast<unsigned short*>(at) + index;
#if defined(__AVX512BF16__)
    const __m256bh half = _mm512_cvtneps_pbh((__m512)v);
    __builtin_memcpy(to, &half, sizeof half);
#else
    unsigned short halves[W];
    for (long n = 0; n < W; ++n) halves[n] = to_bf16(v[n]);
    __builtin_memcpy(to, halves, sizeof halves);
#endif
}

typedef U Factor;
TENPRINT_INLINE Factor load_word(const Word* p) {
    Factor v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}
TENPRINT_INLINE Factor splat_word(Word w) { return Factor{} + w; }

// acc + the products of both pairs, in VDPBF16PS' order: odd elements first, then even ones, each rounded to nearest even.
TENPRINT_INLINE V mac(V acc, Factor a, Factor b) {
#if defined(__AVX512BF16__)
    return (V)_mm512_dpbf16_ps((__m512)acc, (__m512bh)a, (__m512bh)b);
#else
    const V a1 = (V)(a & 0xffff0000u), b1 = (V)(b & 0xffff0000u), a0 = (V)(a << 16), b0 = (V)(b << 16);
    acc = acc + a1 * b1;
    return acc + a0 * b0;
#endif
}
#else
typedef float Word;
constexpr long kPack = 1;
TENPRINT_INLINE void store_words(Word* at, long index, V v) { store(at + index, v); }
typedef V Factor;
TENPRINT_INLINE Factor load_word(const Word* p) { return load(p); }
TENPRINT_INLINE Factor splat_word(Word w) { return splat(w); }
TENPRINT_INLINE V mac(V acc, Factor a, Factor b) { return acc + a * b; }
#endif
