/* Where the points of a run lie in the source. */
#include "kernel.h"

/* B-splines along one axis: for every index of the output the first of four control points, and their weights; and the
 * next index for which they are others. */
typedef struct {
    int *first, *next;
    double *weight[4];
} Basis;

struct Spline {
    Basis basis[AXES];
    int slice;     /* the z for which `plane` holds */
    double *plane; /* [ndim][size y][size x]: summed over z */
    double *line;  /* [ndim][size x]: summed over z and y */
};

static void weights(int degree, double t, double *w) {
    if (degree == 1) {
        w[0] = 0, w[1] = 1 - t, w[2] = t, w[3] = 0;
        return;
    }
    double s = 1 - t;
    w[0] = s * s * s / 6;
    w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
    w[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
    w[3] = t * t * t / 6;
}

static int basis_new(Basis *b, const Control *c, int axis, int n) {
    b->first = malloc(sizeof(int) * 2 * n);
    b->weight[0] = malloc(sizeof(double) * 4 * n);
    if (!b->first || !b->weight[0])
        return 0;
    b->next = b->first + n;
    for (int k = 1; k < 4; k++)
        b->weight[k] = b->weight[0] + (ptrdiff_t)k * n;
    for (int i = 0; i < n; i++) {
        double at = i * c->scale[axis] + c->offset[axis], w[4];
        double end = c->size[axis] - 2; /* control points on either side of every cell from 1 to here */
        at = at > 1 ? at : 1;
        at = at < end ? at : end;
        double cell = floor(at) < end ? floor(at) : end - 1;
        weights(c->degree, at - cell, w);
        b->first[i] = (int)cell - 1;
        for (int k = 0; k < 4; k++)
            b->weight[k][i] = w[k];
    }
    for (int i = n - 1; i >= 0; i--)
        b->next[i] = i + 1 < n && b->first[i + 1] == b->first[i] ? b->next[i + 1] : i + 1;
    return 1;
}

Spline *spline_new(const Warp *w) {
    const Control *c = &w->control;
    Spline *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->slice = -1;
    s->plane = malloc(sizeof(double) * w->ndim * c->size[Y] * c->size[X]);
    s->line = malloc(sizeof(double) * w->ndim * c->size[X]);
    int good = s->plane && s->line;
    for (int axis = AXES - w->ndim; axis < AXES; axis++)
        good = good && basis_new(&s->basis[axis], c, axis, w->out[axis]);
    if (good)
        return s;
    spline_free(s);
    return NULL;
}

void spline_free(Spline *s) {
    if (!s)
        return;
    for (int axis = 0; axis < AXES; axis++) {
        free(s->basis[axis].first);
        free(s->basis[axis].weight[0]);
    }
    free(s->plane);
    free(s->line);
    free(s);
}

/* out[i] = sum over the four control points of `from`, which lie `step` apart */
MULTIVERSION static void summed(const Basis *b, int i, const double *from, int step, int n, double *out) {
    const double *f = from + (ptrdiff_t)b->first[i] * step;
    double w0 = b->weight[0][i], w1 = b->weight[1][i], w2 = b->weight[2][i], w3 = b->weight[3][i];
    for (int k = 0; k < n; k++)
        out[k] = w0 * f[k] + w1 * f[k + step] + w2 * f[k + 2 * step] + w3 * f[k + 3 * step];
}

/* Sum the control grid down to one line of control points for the row (z, y) of the output. */
void spline_row(Spline *s, const Warp *w, int z, int y) {
    const int *size = w->control.size, plane = size[Y] * size[X];
    for (int d = 0; d < w->ndim; d++) {
        const double *from = w->control.coefficients + (ptrdiff_t)d * size[Z] * plane;
        if (w->ndim == 3) {
            if (s->slice != z)
                summed(&s->basis[Z], z, from, plane, plane, s->plane + (ptrdiff_t)d * plane);
            from = s->plane + (ptrdiff_t)d * plane;
        }
        summed(&s->basis[Y], y, from, size[X], size[X], s->line + (ptrdiff_t)d * size[X]);
    }
    s->slice = z;
}

INLINE void fractions(const Warp *w, const double *start, Run *run, int ndim) {
    int32_t first[AXES], step[AXES], stride[AXES], origin = 0;
    run->last = 0;
    for (int axis = AXES - ndim; axis < AXES; axis++) {
        int whole = (int)start[axis];
        stride[axis] = w->stride[axis];
        origin += whole * stride[axis];
        first[axis] = (int32_t)((start[axis] - whole) * ONE + 0.5);
        step[axis] = (int32_t)lrint(w->matrix[axis][X] * ONE);
        int farthest = first[axis] + (step[axis] > 0 ? run->n - 1 : 0) * step[axis];
        run->last += (whole + (farthest >> FRACTION)) * stride[axis];
    }
    const int all = lanes(run->n);
    for (int i = 0; i < all; i++) {
        int32_t corner = origin;
        for (int axis = AXES - ndim; axis < AXES; axis++) {
            int32_t at = first[axis] + i * step[axis];
            run->part[axis][i] = at & (ONE - 1);
            corner += (at >> FRACTION) * stride[axis];
        }
        run->corner[i] = corner;
    }
    memset(run->corner + run->n, 0, sizeof(int32_t) * (all - run->n));
}

/* Places of a run that lies inside, in binary fractions; `start` is the place of its first point. */
MULTIVERSION void places_inside(const Warp *w, const double *start, int n, Run *run) {
    run->n = n;
    run->outside = run->far = 0;
    if (w->ndim == 2)
        fractions(w, start, run, 2);
    else
        fractions(w, start, run, 3);
}

/* Places of a run anywhere, under the affine map alone. */
MULTIVERSION void places_affine(const Warp *w, const double *start, int n, Run *run) {
    const int all = lanes(n);
    for (int axis = AXES - w->ndim; axis < AXES; axis++) {
        double first = start[axis], step = w->matrix[axis][X];
        for (int i = 0; i < all; i++)
            run->at[axis][i] = first + i * step;
    }
    run->n = n;
}

/* at[i] += spline, cell by cell of the control grid */
MULTIVERSION static void add_spline(const Basis *b, const double *line, int x, int n, double *at) {
    const double *w0 = b->weight[0] + x, *w1 = b->weight[1] + x, *w2 = b->weight[2] + x, *w3 = b->weight[3] + x;
    for (int from = 0, to; from < n; from = to) {
        const double *c = line + b->first[x + from];
        double c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3];
        to = b->next[x + from] - x;
        to = to < n ? to : n;
        for (int i = from; i < to; i++)
            at[i] += w0[i] * c0 + w1[i] * c1 + w2[i] * c2 + w3[i] * c3;
    }
}

/* Places of a run under the affine map and the displacement; the run starts at (z, y, x) of the output. */
void places_displaced(const Warp *w, Spline *s, const double *start, int z, int y, int x, int n, Run *run) {
    places_affine(w, start, n, run);
    ptrdiff_t points = (ptrdiff_t)w->out[Z] * w->out[Y] * w->out[X];
    ptrdiff_t here = ((ptrdiff_t)z * w->out[Y] + y) * w->out[X] + x;
    for (int d = 0; d < w->ndim; d++) {
        double *at = run->at[AXES - w->ndim + d];
        if (w->field == CONTROL) {
            add_spline(&s->basis[X], s->line + (ptrdiff_t)d * w->control.size[X], x, n, at);
        } else {
            const float *dense = w->dense + d * points + here;
            for (int i = 0; i < n; i++)
                at[i] += dense[i];
        }
    }
}

/* The place in the source that stands for `at` beyond its border. */
INLINE double fold(enum Border border, double at, double last) {
    if (border == MIRROR) {
        double period = last > 0 ? 2 * last : 1;
        at -= period * floor(at / period);
        at = at < period - at ? at : period - at;
    }
    at = at > 0 ? at : 0; /* and 0 for NaN */
    return at < last ? at : last;
}

double folded(const Warp *w, int axis, double at) {
    return fold(w->border, at, w->size[axis] - 1);
}

INLINE void cells(const Warp *w, Run *run, enum Border border) {
    const int all = lanes(run->n);
    int outside = 0, far = FAR;
    for (int i = 0; i < all; i++) {
        run->corner[i] = 0;
        run->beyond[i] = 0;
    }
    for (int axis = AXES - w->ndim; axis < AXES; axis++) {
        double last = w->size[axis] - 1;
        int most = w->size[axis] > 1 ? w->size[axis] - 2 : 0, stride = w->stride[axis];
        const double *at = run->at[axis];
        for (int i = 0; i < all; i++) {
            int near = !((at[i] >= 0) & (at[i] < last)), gone = !((at[i] > -1) & (at[i] < last + 1));
            run->beyond[i] |= border == CONSTANT ? near | FAR * gone : at[i] == last;
        }
        for (int i = 0; i < all; i++) {
            double place = fold(border, at[i], last);
            int cell = (int)place;
            cell = cell < most ? cell : most;
            run->part[axis][i] = (int32_t)((place - cell) * ONE + 0.5);
            run->corner[i] += cell * stride;
        }
    }
    run->last = 0;
    for (int i = 0; i < run->n; i++) {
        outside |= run->beyond[i];
        far &= run->beyond[i];
        run->last = run->corner[i] > run->last ? run->corner[i] : run->last;
    }
    run->outside = outside;
    run->far = far;
}

/* From places to cells. Places beyond the border are brought inside, and marked where the border is constant. So are
 * places on the last points: a + (b - a) * 1 is not always b. Places farther from a constant border than one step are
 * marked FAR. */
MULTIVERSION void cells_linear(const Warp *w, Run *run) {
    if (w->border == MIRROR)
        cells(w, run, MIRROR);
    else if (w->border == EDGE)
        cells(w, run, EDGE);
    else
        cells(w, run, CONSTANT);
}

/* From places to the nearest points; halves go up. */
MULTIVERSION void cells_nearest(const Warp *w, Run *run) {
    const int all = lanes(run->n);
    int outside = 0;
    for (int i = 0; i < all; i++) {
        run->corner[i] = 0;
        run->beyond[i] = 0;
    }
    for (int axis = AXES - w->ndim; axis < AXES; axis++) {
        double last = w->size[axis] - 1;
        for (int i = 0; i < all; i++) {
            double at = run->at[axis][i];
            if (w->border == CONSTANT)
                run->beyond[i] |= !((at >= -0.5) & (at < last + 0.5));
            run->corner[i] += (int)(fold(w->border, at, last) + 0.5) * w->stride[axis];
        }
    }
    for (int i = 0; i < run->n; i++)
        outside |= run->beyond[i];
    run->outside = outside;
    run->far = 0;
}
