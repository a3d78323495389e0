/* One resampling: each point of the output is looked up in the source, under an affine map plus a displacement.
 *
 * A plane is a volume of depth 1. Axes are in the order of the array: depth, height, width; channels come last.
 * Rows of the output are worked off in runs of at most RUN points: the places of a run are found first, then it is
 * sampled. Both are loops without branches, which the compiler turns into vector code.
 *
 * No product is contracted into a fused multiply-add (-ffp-contract=off), so that every processor gives the same bits.
 */
#ifndef FEWFOLD_KERNEL_H
#define FEWFOLD_KERNEL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A copy of the function for each level of the processor; the loader picks the best. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && defined(__x86_64__) && defined(__GLIBC__)
#define MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define HAS_VERSIONS 1
#else
#define MULTIVERSION
#define HAS_VERSIONS 0
#endif
#define INLINE static inline __attribute__((always_inline))

#define RUN 64        /* points worked off together; a multiple of 16 */
#define LANES 16      /* of a group */
#define FRACTION 24   /* bits after the point of a place */
#define ONE (1 << FRACTION)

enum { Z, Y, X, AXES };
enum Mode { LINEAR, NEAREST, MAJORITY };
enum Border { CONSTANT, EDGE, MIRROR };
enum Field { NONE, CONTROL, DENSE };
enum Kind { UINT8, UINT16, INT16, FLOAT32, INT32 };

/* Displacement from a grid of control points: B-splines of degree 1 or 3, one set of coefficients an axis. */
typedef struct {
    const double *coefficients; /* [ndim][size z][size y][size x], in index units of the source */
    int size[AXES], degree;
    double scale[AXES], offset[AXES]; /* output index -> grid index */
} Control;

typedef struct {
    int ndim, channels;
    int size[AXES], out[AXES]; /* source and output */
    int stride[AXES];          /* of the source, in elements; 0 along an axis with one point */
    double matrix[AXES][4];    /* (z, y, x, 1) of the output -> source index */
    enum Kind kind;
    enum Mode mode;
    enum Border border;
    enum Field field;
    Control control;
    const float *dense; /* [ndim][out], in index units of the source */
    double fill;
    const void *source;
    const uint8_t *table; /* 256 grey levels for all channels or for each, or NULL */
    int table_stride;     /* from the levels of one channel to those of the next: 0 or 256 */
    const float *curve;   /* (gain, offset, exponent) for each piece */
    int pieces;
} Warp;

#define FAR 2 /* marks a place with all its corners beyond a constant border */

/* The places of a run: the lower corner of the cell of each, and how far into the cell it lies along each axis. */
typedef struct {
    int n, outside, far;     /* points; whether any of them is marked; whether all of them are FAR */
    int last;                /* no corner lies beyond this offset */
    double at[AXES][RUN];    /* source index; only where it was asked for */
    int32_t corner[RUN];     /* offset in elements */
    int32_t part[AXES][RUN]; /* 0 to ONE */
    uint8_t beyond[RUN];     /* 1 where a corner lies beyond the border, or the place on the last point; FAR is added */
} Run;

/* Loops run over whole groups of lanes, so that they need no remainder; the lanes after the last point are
 * idle, and their corners some inside the source. */
INLINE int lanes(int n) {
    return (n + LANES - 1) / LANES * LANES;
}

INLINE float from_bits(int32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

INLINE int32_t bits_of(float value) {
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The logarithm to base 2 of x > 0; a Chebyshev fit of degree 8 to log2(1 + m) / m between sqrt(1/2) and sqrt(2). Here
 * and below polynomials are summed by pairs of terms, which do not wait for each other. */
INLINE float log2_of(float x) {
    int32_t exponent = (bits_of(x) - 0x3f3504f3) >> 23;
    float m = from_bits(bits_of(x) - exponent * (1 << 23)) - 1.0f;
    float m2 = m * m, m4 = m2 * m2;
    float low = (1.442695004e+00f + -7.213473334e-01f * m) + (4.809106099e-01f + -3.607048281e-01f * m) * m2;
    float high = (2.879183245e-01f + -2.389203398e-01f * m) + (2.156698591e-01f + -2.074210351e-01f * m) * m2;
    float log2 = (low + high * m4) + 1.261484660e-01f * (m4 * m4);
    return (float)exponent + m * log2;
}

/* 2 to the power y, kept to what is normal; a Chebyshev fit of degree 6 to 2^t between -1/2 and 1/2. */
INLINE float exp2_of(float y) {
    y = y > -126.0f ? y : -126.0f;
    y = y < 127.0f ? y : 127.0f;
    float whole = floorf(y + 0.5f), t = y - whole;
    float t2 = t * t;
    float low = (1.0f + 6.931472067e-01f * t) + (2.402265121e-01f + 5.550327214e-02f * t) * t2;
    float value = low + ((9.618025603e-03f + 1.340043217e-03f * t) + 1.546973198e-04f * t2) * (t2 * t2);
    return value * from_bits(((int32_t)whole + 127) * (1 << 23));
}

typedef struct Spline Spline;

/* places.c */
Spline *spline_new(const Warp *w);
void spline_free(Spline *s);
void spline_row(Spline *s, const Warp *w, int z, int y);
void places_inside(const Warp *w, const double *start, int n, Run *run);
void places_affine(const Warp *w, const double *start, int n, Run *run);
void places_displaced(const Warp *w, Spline *s, const double *start, int z, int y, int x, int n, Run *run);
void cells_linear(const Warp *w, Run *run);
void cells_nearest(const Warp *w, Run *run);
double folded(const Warp *w, int axis, double at);

/* A sampler fills the run.n points of `out`; the careful one fills one point, and knows of the border. */
typedef void Sampler(const Warp *w, const Run *run, void *out);
typedef void Careful(const Warp *w, const double *at, void *out);

/* linear.c: `curved` says whether the sampler sends its values through the curve itself */
Sampler *linear_sampler(const Warp *w, int *curved);
Careful *linear_careful(const Warp *w);
void linear_bytes(const Warp *w, const Run *run, void *out);

/* colours.c */
Sampler *colour_sampler(const Warp *w);

/* labels.c */
Sampler *label_sampler(const Warp *w);
Careful *label_careful(const Warp *w);

/* curves.c */
void curve_points(const Warp *w, void *out, ptrdiff_t n);

/* products.c: values[i][j] *= exp(sum over k of rows[i][k] * columns[k][j]) */
void multiply_exp(float *values, const float *rows, const float *columns, ptrdiff_t m, int terms, ptrdiff_t n);

/* normal.c: values[i] += scale * normal number i of the stream */
void add_normal(float *values, ptrdiff_t n, uint64_t state, float scale);

/* rows.c: rows are counted through all slices; 0 where memory is short */
int warp_rows(const Warp *w, void *out, int from, int to);

#endif
