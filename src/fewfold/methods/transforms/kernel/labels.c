/* Labels are not averaged: the nearest one, or the one with the largest weight. */
#include "kernel.h"

/* The label with the largest weight among the corners; of equals the first. */
INLINE int32_t winner(const int32_t *label, const double *weight, int corners) {
    int32_t best = label[0];
    double most = -1;
    for (int k = 0; k < corners; k++) {
        double sum = 0;
        for (int j = 0; j < corners; j++)
            sum += label[j] == label[k] ? weight[j] : 0;
        if (sum > most) {
            most = sum;
            best = label[k];
        }
    }
    return best;
}

INLINE void corner_weights(const Warp *w, const double *part, double *weight) {
    for (int k = 0; k < 1 << w->ndim; k++) {
        weight[k] = 1;
        for (int axis = AXES - w->ndim; axis < AXES; axis++)
            weight[k] *= k >> (X - axis) & 1 ? part[axis] : 1 - part[axis];
    }
}

INLINE ptrdiff_t corner_offset(const Warp *w, int k) {
    return (k & 1 ? w->stride[X] : 0) + (k & 2 ? w->stride[Y] : 0) + (k & 4 ? w->stride[Z] : 0);
}

#define T uint8_t
#define NAME(f) f##_8
#include "labels.inc"
#undef T
#undef NAME

#define T uint16_t
#define NAME(f) f##_16
#include "labels.inc"
#undef T
#undef NAME

#define T int32_t
#define NAME(f) f##_32
#include "labels.inc"
#undef T
#undef NAME

static int width(const Warp *w) { /* 0, 1, 2: for 8, 16 and 32 bits */
    return w->kind == UINT8 ? 0 : w->kind == UINT16 || w->kind == INT16 ? 1 : 2;
}

Sampler *label_sampler(const Warp *w) {
    static Sampler *const nearest[] = {nearest_8, nearest_16, nearest_32};
    static Sampler *const majority[] = {majority_8, majority_16, majority_32};
    return (w->mode == NEAREST ? nearest : majority)[width(w)];
}

Careful *label_careful(const Warp *w) {
    static Careful *const each[] = {careful_8, careful_16, careful_32};
    return each[width(w)];
}
