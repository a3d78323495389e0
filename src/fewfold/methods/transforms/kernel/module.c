/* The kernel as a Python module: plain buffers in, a filled buffer out, no Python object touched while it works. */
#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030b0000
#endif
#include <Python.h>

#include "kernel.h"

enum { SOURCE, OUTPUT, MATRIX, FIELD, LAYOUT, TABLE, CURVE, BUFFERS };

static int64_t points(const int *size) {
    return (int64_t)size[Z] * size[Y] * size[X];
}

static int64_t bytes_of(int kind) {
    static const int bytes[] = {1, 2, 2, 4, 4};
    return kind < UINT8 || kind > INT32 ? 0 : bytes[kind];
}

/* Whether the buffers are as large as the numbers say; else an error is set. */
static int fits(const Warp *w, const Py_buffer *b) {
    int64_t source = points(w->size) * w->channels, output = points(w->out) * w->channels, field = 0;
    if (source > INT32_MAX || output > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "an image of more than 2147483647 values");
        return 0;
    }
    if (w->field == CONTROL)
        field = points(w->control.size) * w->ndim * sizeof(double);
    else if (w->field == DENSE)
        field = points(w->out) * w->ndim * sizeof(float);
    int good = b[SOURCE].len == source * bytes_of(w->kind) && b[OUTPUT].len == output * bytes_of(w->kind);
    good = good && b[MATRIX].len == sizeof w->matrix && (w->field == NONE || b[FIELD].len == field);
    good = good && (w->field != CONTROL || b[LAYOUT].len == 2 * AXES * sizeof(double));
    good = good && (!b[TABLE].buf || b[TABLE].len == 256 || b[TABLE].len == 256 * w->channels) && b[CURVE].len % (3 * sizeof(float)) == 0;
    for (int axis = AXES - w->ndim; axis < AXES; axis++)
        good = good && (w->field != CONTROL || w->control.size[axis] >= 4);
    if (!good)
        PyErr_SetString(PyExc_ValueError, "a buffer is not of the size that was said");
    return good;
}

static void complete(Warp *w, const Py_buffer *b) {
    int64_t stride = w->channels;
    for (int axis = X; axis >= Z; axis--) {
        w->stride[axis] = w->size[axis] > 1 ? (int)stride : 0;
        stride *= w->size[axis];
    }
    memcpy(w->matrix, b[MATRIX].buf, sizeof w->matrix);
    w->source = b[SOURCE].buf;
    w->table = b[TABLE].buf;
    w->table_stride = b[TABLE].len > 256 ? 256 : 0;
    w->curve = b[CURVE].buf;
    w->pieces = (int)(b[CURVE].len / (3 * sizeof(float)));
    w->control.coefficients = b[FIELD].buf;
    w->dense = b[FIELD].buf;
    if (w->field == CONTROL) {
        memcpy(w->control.scale, b[LAYOUT].buf, sizeof w->control.scale);
        memcpy(w->control.offset, (const char *)b[LAYOUT].buf + sizeof w->control.scale, sizeof w->control.offset);
    }
}

static PyObject *warp(PyObject *self, PyObject *args) {
    Warp w = {0};
    Py_buffer b[BUFFERS] = {{0}};
    int kind, mode, border, field, from, to, done = 0;
    if (!PyArg_ParseTuple(args, "y*w*iiidii(iii)(iii)y*iz*(iii)iz*z*z*ii", &b[SOURCE], &b[OUTPUT], &kind, &mode, &border,
                          &w.fill, &w.ndim, &w.channels, &w.size[Z], &w.size[Y], &w.size[X], &w.out[Z], &w.out[Y],
                          &w.out[X], &b[MATRIX], &field, &b[FIELD], &w.control.size[Z], &w.control.size[Y],
                          &w.control.size[X], &w.control.degree, &b[LAYOUT], &b[TABLE], &b[CURVE], &from, &to))
        goto end;
    w.kind = kind, w.mode = mode, w.border = border, w.field = field;
    if (kind < UINT8 || kind > INT32 || (kind == INT32 && mode == LINEAR) || w.ndim < 2 || w.ndim > 3 || from < 0 ||
        to > w.out[Z] * w.out[Y]) {
        PyErr_SetString(PyExc_ValueError, "a number is out of its range");
        goto end;
    }
    if (!fits(&w, b))
        goto end;
    complete(&w, b);
    Py_BEGIN_ALLOW_THREADS
    done = warp_rows(&w, b[OUTPUT].buf, from, to);
    Py_END_ALLOW_THREADS
    if (!done)
        PyErr_NoMemory();
end:
    for (int i = 0; i < BUFFERS; i++)
        PyBuffer_Release(&b[i]);
    if (!done)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *curve(PyObject *self, PyObject *args) {
    Warp w = {0};
    Py_buffer values = {0}, table = {0}, pieces = {0};
    int kind;
    if (!PyArg_ParseTuple(args, "w*iiz*z*", &values, &kind, &w.channels, &table, &pieces))
        return NULL;
    w.kind = kind;
    w.table = table.buf;
    w.table_stride = table.len > 256 ? 256 : 0;
    w.curve = pieces.buf;
    w.pieces = (int)(pieces.len / (3 * sizeof(float)));
    int64_t each = bytes_of(kind) * w.channels;
    int good = each > 0 && values.len % each == 0 && pieces.len % (3 * sizeof(float)) == 0;
    good = good && (!w.table || table.len == 256 || table.len == 256 * w.channels);
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        curve_points(&w, values.buf, values.len / each);
        Py_END_ALLOW_THREADS
    } else {
        PyErr_SetString(PyExc_ValueError, "a buffer is not of the size that was said");
    }
    PyBuffer_Release(&values);
    PyBuffer_Release(&table);
    PyBuffer_Release(&pieces);
    if (!good)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *normal(PyObject *self, PyObject *args) {
    Py_buffer values = {0};
    unsigned long long state;
    double scale;
    if (!PyArg_ParseTuple(args, "w*Kd", &values, &state, &scale))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    add_normal(values.buf, values.len / sizeof(float), state, (float)scale);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values);
    Py_RETURN_NONE;
}

static PyObject *bias(PyObject *self, PyObject *args) {
    Py_buffer values = {0}, rows = {0}, columns = {0};
    int terms;
    if (!PyArg_ParseTuple(args, "w*y*y*i", &values, &rows, &columns, &terms))
        return NULL;
    ptrdiff_t of_row = terms * (ptrdiff_t)sizeof(float);
    int good = terms > 0 && rows.len % of_row == 0 && columns.len % of_row == 0;
    good = good && values.len == rows.len / of_row * (columns.len / terms);
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        multiply_exp(values.buf, rows.buf, columns.buf, rows.len / of_row, terms, columns.len / of_row);
        Py_END_ALLOW_THREADS
    } else {
        PyErr_SetString(PyExc_ValueError, "a buffer is not of the size that was said");
    }
    PyBuffer_Release(&values);
    PyBuffer_Release(&rows);
    PyBuffer_Release(&columns);
    if (!good)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *instructions(PyObject *self, PyObject *none) {
    const char *name = "baseline";
#if HAS_VERSIONS
    __builtin_cpu_init();
    name = __builtin_cpu_supports("x86-64-v4") ? "AVX-512" : __builtin_cpu_supports("x86-64-v3") ? "AVX2" : name;
#endif
    return PyUnicode_FromString(name);
}

static PyMethodDef methods[] = {
    {"warp", warp, METH_VARARGS, "Fill rows of an output from a source."},
    {"curve", curve, METH_VARARGS, "Send values through a table or a curve, in place."},
    {"normal", normal, METH_VARARGS, "Add scaled normal numbers of a stream to floats, in place."},
    {"bias", bias, METH_VARARGS, "Multiply rows of floats by the exponential of products, in place."},
    {"instructions", instructions, METH_NOARGS, "The instructions that this processor lets the kernel use."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_kernel", "The compiled resampling.", 0, methods,
                                        NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    return PyModule_Create(&definition);
}
