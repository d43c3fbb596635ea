/* Floating point and packed integers: SSE2 scalar, SSE2 packed, x87. Results are exact IEEE 754, so they are the same everywhere. */
#include "guest.h"

typedef double double2 __attribute__((vector_size(16)));
typedef u32 uint4 __attribute__((vector_size(16)));
typedef int int4 __attribute__((vector_size(16)));
typedef char byte16 __attribute__((vector_size(16)));

enum { SIDE = 64 };

static u64 bits(double value)
{
	union { double value; u64 bits; } view = { value };
	return view.bits;
}

static void fill_matrices(double *a, double *b)
{
	u64 state = 1;
	for (int i = 0; i < SIDE * SIDE; i++) {
		a[i] = (int) draw(&state) * 0x1p-31;
		b[i] = (int) draw(&state) * 0x1p-31;
	}
}

static u64 matrix_checksum(const double *matrix)
{
	u64 sum = 0;
	for (int i = 0; i < SIDE * SIDE; i++)
		sum = mix(sum, bits(matrix[i]));
	return sum;
}

/* A planet on its orbit: add, multiply, divide, square root. */
static u64 scalar_orbit(u64 count)
{
	double x = 1, y = 0, speed_x = 0, speed_y = 1.1, step = 0x1p-10;
	for (u64 i = 0; i < count; i++) {
		double square = x * x + y * y, pull = step / (square * __builtin_sqrt(square));
		speed_x -= pull * x;
		speed_y -= pull * y;
		x += step * speed_x;
		y += step * speed_y;
	}
	return mix(mix(bits(x), bits(y)), mix(bits(speed_x), bits(speed_y)));
}

/* Matrix product by scalars. */
static u64 scalar_matrix(u64 count)
{
	double *a = (double *) ARENA, *b = a + SIDE * SIDE, *c = b + SIDE * SIDE;
	fill_matrices(a, b);
	for (u64 pass = 0; pass < count; pass++) {
		for (int row = 0; row < SIDE; row++)
			for (int column = 0; column < SIDE; column++) {
				double sum = 0;
				for (int k = 0; k < SIDE; k++)
					sum += a[row * SIDE + k] * b[k * SIDE + column];
				c[row * SIDE + column] = sum;
			}
		a[pass % (SIDE * SIDE)] += 1;
	}
	return matrix_checksum(c);
}

/* The same product, four columns at a time in two registers. */
static u64 packed_matrix(u64 count)
{
	double *a = (double *) ARENA, *b = a + SIDE * SIDE, *c = b + SIDE * SIDE;
	fill_matrices(a, b);
	for (u64 pass = 0; pass < count; pass++) {
		for (int row = 0; row < SIDE; row++)
			for (int column = 0; column < SIDE; column += 4) {
				double2 left = { 0, 0 }, right = { 0, 0 };
				for (int k = 0; k < SIDE; k++) {
					double2 factor = { a[row * SIDE + k], a[row * SIDE + k] };
					const double2 *line = (const double2 *) &b[k * SIDE + column];
					left += factor * line[0];
					right += factor * line[1];
				}
				double2 *line = (double2 *) &c[row * SIDE + column];
				line[0] = left;
				line[1] = right;
			}
		a[pass % (SIDE * SIDE)] += 1;
	}
	return matrix_checksum(c);
}

/* Packed 32-bit add, xor, shift, multiply, compare and shuffle over 16 KiB, then a byte search with a mask. */
static u64 packed_integer(u64 count)
{
	enum { VECTORS = 1024 };
	uint4 *data = (uint4 *) ARENA, sum = { 1, 2, 3, 4 };
	u64 state = 2, found = 0;
	for (int i = 0; i < 4 * VECTORS; i++)
		((u32 *) data)[i] = draw(&state);
	for (u64 pass = 0; pass < count; pass++) {
		for (int i = 0; i < VECTORS; i++) {
			uint4 value = data[i] + sum;
			value ^= value << 13;
			value ^= value >> 17;
			sum = __builtin_shuffle(sum, (uint4) { 1, 2, 3, 0 }) * value + (uint4) ((int4) value > 0);
			data[i] = value;
		}
		byte16 wanted = (byte16) (uint4) { 0, 0, 0, 0 } + (char) pass;
		for (int i = 0; i < VECTORS; i++)
			found += __builtin_ia32_pmovmskb128((byte16) ((byte16) data[i] == wanted));
	}
	return mix(mix(found, (u64) sum[0] << 32 | sum[1]), (u64) sum[2] << 32 | sum[3]);
}

/* Extended precision: polynomial, division, square root, conversion to and from integer. */
static u64 x87_extended(u64 count)
{
	long double x = 0.5L, total = 0;
	for (u64 i = 0; i < count; i++) {
		x = ((0.3L * x - 1.7L) * x + 0.9L) * x + 0.25L;
		total += __builtin_sqrtl(x * x + 1) / (x * x + 2);
		if (x > 1 || x < -1)
			x -= (int) x;
	}
	union { long double value; struct { u64 significand; u16 sign_exponent; } fields; } view;
	view.value = total;
	u64 sum = mix(view.fields.significand, view.fields.sign_exponent);
	view.value = x;
	return mix(sum, mix(view.fields.significand, view.fields.sign_exponent));
}

const struct kernel vector_kernels[] = {
	{ "sse2.orbit", scalar_orbit, 9000000 },
	{ "sse2.scalar", scalar_matrix, 300 },
	{ "sse2.packed", packed_matrix, 300 },
	{ "sse2.integer", packed_integer, 14000 },
	{ "x87.extended", x87_extended, 1500000 },
	{ 0, 0, 0 },
};
