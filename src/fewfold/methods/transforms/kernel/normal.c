/* Normal numbers, each told by the state of its stream and its place in it alone.
 *
 * Output i of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195) makes two numbers (Box and Muller
 * 1958, doi:10.1214/aoms/1177706645): its upper half is the radius, its lower half the angle in one quadrant and two
 * signs. Only sums, products and roots in single precision, so that numpy gives the same bits (engine/normal.py).
 */
#include "kernel.h"

#define PAIRS 64 /* of a block: it holds the numbers of all cosines, then those of all sines */
#define BLOCK (2 * PAIRS)
#define GOLDEN 0x9e3779b97f4a7c15u
#define LOG2_E 1.44269504f

/* The words from `first` on, as halves: 31 bits of which the lowest is 1, and 32 bits. */
INLINE void halves(uint64_t state, uint64_t first, int32_t *upper, int32_t *lower) {
    state += first * GOLDEN;
    for (int i = 0; i < PAIRS; i++) {
        uint64_t z = state + i * GOLDEN;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        upper[i] = (int32_t)(z >> 33 | 1);
        lower[i] = (int32_t)(uint32_t)z;
    }
}

/* x, negated where the lowest bit of `bits` is 1. */
INLINE float with_sign(float x, int32_t bits) {
    return from_bits(bits_of(x) ^ (int32_t)((uint32_t)bits << 31));
}

/* In an angle of an eighth of a turn plus t eighths, the cosine is (c - s) and the sine (c + s) over the root of two;
 * polynomials fitted to c and s for t from -1 to 1. */
INLINE void block(uint64_t state, uint64_t first, float scale, float *out) {
    int32_t upper[PAIRS], lower[PAIRS];
    halves(state, first, upper, lower);
    for (int i = 0; i < PAIRS; i++) {
        float radius = sqrtf(log2_of((float)upper[i] * 0x1p-31f) * (-1.0f / LOG2_E)) * scale;
        float t = (float)((lower[i] | 3) ^ 1) * 0x1p-31f, u = t * t, u2 = u * u;
        float s = t * ((7.853981610e-01f + -8.074543483e-02f * u) + (2.490007127e-03f + -3.595450779e-05f * u) * u2);
        float c = (1.0f + -3.084251352e-01f * u) + (1.585432525e-02f + -3.259386144e-04f * u) * u2;
        c += 3.529811361e-06f * (u2 * u2);
        out[i] = with_sign(radius * (c - s), lower[i]);
        out[i + PAIRS] = with_sign(radius * (c + s), lower[i] >> 1);
    }
}

MULTIVERSION void add_normal(float *values, ptrdiff_t n, uint64_t state, float scale) {
    float noise[BLOCK];
    for (ptrdiff_t from = 0; from < n; from += BLOCK) {
        block(state, (uint64_t)from / 2, scale, noise);
        if (n - from >= BLOCK)
            for (int i = 0; i < BLOCK; i++)
                values[from + i] += noise[i];
        else
            for (int i = 0; i < n - from; i++)
                values[from + i] += noise[i];
    }
}
